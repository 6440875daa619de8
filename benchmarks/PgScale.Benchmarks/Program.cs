using PgScale.Benchmarks.Buffering;
using PgScale.Benchmarks.Harness;

return args is [LastSeenProcess.Verb, var number] ? await LastSeenProcess.RunAsync(number) : await BenchmarkCommand.RunAsync(args);
