namespace PgScale.Buffering.Sinks;

/// <summary>The types of the mapped columns, found when the mapping was checked.</summary>
/// <param name="Names">One for each column.</param>
/// <param name="Ids">Their numbers in the catalogue.</param>
/// <param name="FitArrays">Whether rows can be sent as arrays: not when a column is an array itself.</param>
/// <param name="FitCopy">Whether they can be sent by COPY: not when row security applies.</param>
internal sealed record AppendTypes(string[] Names, uint[] Ids, bool FitArrays, bool FitCopy);
