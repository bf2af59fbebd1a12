using Dapper;

// Queries are compiled ahead of time. Call Dapper directly: its generator does not look into helpers of our own.
[module: DapperAot]
