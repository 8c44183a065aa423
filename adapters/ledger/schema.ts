/**
 * The ledger's tables. `body` is the very text that was hashed, so that anybody with `psql` can check an entry byte for byte
 * (`jsonb` would spell numbers and order keys in its own way). The database itself refuses an entry whose hash is not its
 * body's, and any change of an entry: only inserts are possible without taking the trigger away.
 */
export const schema = `
create table if not exists seatrial_ledger (
  stream        text        not null,
  seq           integer     not null check (seq > 0),
  hash          text        not null,
  previous_hash text        not null,
  body          text        not null,
  appended_at   timestamptz not null default now(),
  constraint seatrial_ledger_place primary key (stream, seq),
  constraint seatrial_ledger_hash check (hash = encode(sha256(convert_to(body, 'UTF8')), 'hex'))
);

create index if not exists seatrial_ledger_appended_at on seatrial_ledger (appended_at);

-- How far each reader of the ledger came, by stream (feed.ts).
create table if not exists seatrial_readers (
  reader  text        not null,
  stream  text        not null,
  seq     integer     not null check (seq > 0),
  read_at timestamptz not null default now(),
  constraint seatrial_readers_place primary key (reader, stream)
);

create or replace function seatrial_ledger_refuse() returns trigger language plpgsql as $$
begin
  raise exception 'The ledger is append-only: % is refused.', lower(tg_op) using errcode = 'restrict_violation';
end $$;

create or replace trigger seatrial_ledger_append_only
  before update or delete on seatrial_ledger for each row execute function seatrial_ledger_refuse();

create or replace trigger seatrial_ledger_no_truncate
  before truncate on seatrial_ledger for each statement execute function seatrial_ledger_refuse();
`;
