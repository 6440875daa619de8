using PgScale.Benchmarks.Buffering;
using PgScale.Benchmarks.Caching.Fleet;
using PgScale.Benchmarks.Harness;

// Some scenarios start this program again, as one more process of the application that they measure.
return args switch
{
    [LastSeenProcess.Verb, var number] => await LastSeenProcess.RunAsync(number),
    [CacheProcess.Argument] => await CacheProcessProgram.RunAsync(),
    _ => await BenchmarkCommand.RunAsync(args),
};
