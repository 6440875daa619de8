using PgScale.Benchmarks.Caching.Fleet;
using PgScale.Benchmarks.Harness;

return args is [CacheProcess.Argument] ? await CacheProcessProgram.RunAsync() : await BenchmarkCommand.RunAsync(args);
