-- New messages carry the value from now on; `dotnet run -- backfill` gives it to the old ones.
ALTER TABLE messages ADD COLUMN importance smallint;
ALTER TABLE messages ALTER COLUMN importance SET DEFAULT 1;
