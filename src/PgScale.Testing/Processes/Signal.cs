namespace PgScale.Testing.Processes;

/// <summary>Signals by name; the numbers of <see cref="Stop"/> and <see cref="Continue"/> differ between systems.</summary>
internal enum Signal
{
    Probe = 0,
    Reload = 1,
    Interrupt = 2,
    Quit = 3,
    Kill = 9,
    Terminate = 15,
    Stop = 100,
    Continue = 101,
}
