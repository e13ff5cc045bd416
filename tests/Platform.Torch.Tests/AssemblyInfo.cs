// Live tensors, seeds and autocast belong to the process or to its threads: one test at a time.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
