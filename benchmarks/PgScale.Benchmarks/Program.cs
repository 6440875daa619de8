using PgScale.Benchmarks.Harness;

return await BenchmarkCommand.RunAsync(args);
