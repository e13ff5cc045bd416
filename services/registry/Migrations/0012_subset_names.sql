-- For which sites or devices a scope stands: a long name is cut and ends in 32 bits of a hash, so two subsets can come to one. The first has it.
CREATE TABLE subset_name (
    mode   text NOT NULL,
    scope  text NOT NULL,
    subset text NOT NULL,
    PRIMARY KEY (mode, scope)
);
