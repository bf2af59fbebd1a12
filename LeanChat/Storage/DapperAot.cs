using Dapper;

// Queries are compiled, not reflected: no SQL helper may exist that the generator cannot see through.
[module: DapperAot]
