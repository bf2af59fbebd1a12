// Most stories wait more than they work: four at a time, also on two processors.
[assembly: CollectionBehavior(MaxParallelThreads = 4)]
