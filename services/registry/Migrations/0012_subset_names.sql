-- What a scope's name stands for. Long names are cut and end in 32 bits of a hash, so two subsets can come to the same one: the first has it.
CREATE TABLE subset_name (
    mode   text NOT NULL,
    scope  text NOT NULL,
    subset text NOT NULL,
    PRIMARY KEY (mode, scope)
);
