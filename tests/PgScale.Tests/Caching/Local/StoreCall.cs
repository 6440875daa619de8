namespace PgScale.Tests.Caching.Local;

internal enum StoreCall
{
    Get,
    GetByCharacters,
    Set,
    Remove,
    RemoveCurrent,
    RemoveFormer,
    Clear,
}
