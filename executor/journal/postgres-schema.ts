import { newerSchema } from './bounds.ts';
import type { PostgresSession } from './postgres-session.ts';

/** First key of our advisory locks, `tex` in ASCII; the second is 0 for the schema, else a journal's id. */
export const LOCK_CLASS = 0x746578;
/** SQLSTATE that `spark_append` raises when another process writes this journal. */
export const TAKEN_OVER = 'TEX01';

const TABLES = `
  CREATE TABLE spark_journals (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    executor text NOT NULL UNIQUE,
    writer text NOT NULL DEFAULT '',
    sequence bigint NOT NULL DEFAULT 0
  ) WITH (fillfactor = 50);
  CREATE TABLE spark_orders (
    journal bigint NOT NULL, order_id text COLLATE "C" NOT NULL, scope text COLLATE "C" NOT NULL,
    received_at bigint NOT NULL, mode text NOT NULL, final boolean NOT NULL DEFAULT false,
    outcome text, error_class text, latency_ms double precision,
    PRIMARY KEY (journal, order_id), UNIQUE (journal, scope)
  );
  CREATE INDEX spark_orders_received ON spark_orders (journal, received_at, order_id);
  CREATE INDEX spark_orders_unfinished ON spark_orders (journal) WHERE NOT final;
  CREATE TABLE spark_events (
    journal bigint NOT NULL, sequence bigint NOT NULL, at bigint NOT NULL,
    order_id text COLLATE "C" NOT NULL, kind text NOT NULL, body text NOT NULL,
    PRIMARY KEY (journal, sequence)
  );
  CREATE INDEX spark_events_order ON spark_events (journal, order_id);
  CREATE TABLE spark_denials (
    journal bigint NOT NULL, minute bigint NOT NULL, reason text NOT NULL, caller text NOT NULL,
    count bigint NOT NULL, PRIMARY KEY (journal, minute, reason, caller)
  );`;

/**
 * A group of appends in one round trip: each is a savepoint that fails alone. A sequence that is
 * there was written by an attempt whose answer got lost.
 */
const APPEND = `
  CREATE FUNCTION spark_append(its_journal bigint, its_writer text, last bigint, appends json)
  RETURNS TABLE (append integer, fault text) LANGUAGE plpgsql AS $$
  DECLARE one json; r record;
  BEGIN
    UPDATE spark_journals SET sequence = greatest(sequence, last)
      WHERE id = its_journal AND writer = its_writer;
    IF NOT FOUND THEN RAISE EXCEPTION 'another process writes this journal' USING ERRCODE = '${TAKEN_OVER}'; END IF;
    append := -1;
    FOR one IN SELECT value FROM json_array_elements(appends) LOOP
      append := append + 1;
      BEGIN
        FOR r IN SELECT * FROM json_to_recordset(one) AS x(
          sequence bigint, at bigint, "orderId" text, kind text, body text, scope text, mode text,
          outcome text, "errorClass" text, "latencyMs" double precision, final boolean)
        LOOP
          INSERT INTO spark_events VALUES (its_journal, r.sequence, r.at, r."orderId", r.kind, r.body)
            ON CONFLICT DO NOTHING;
          CONTINUE WHEN NOT FOUND;
          IF r.scope IS NOT NULL THEN
            INSERT INTO spark_orders (journal, order_id, scope, received_at, mode)
              VALUES (its_journal, r."orderId", r.scope, r.at, r.mode);
          END IF;
          IF r.outcome IS NOT NULL THEN
            UPDATE spark_orders AS o SET outcome = r.outcome, error_class = r."errorClass",
              latency_ms = r."latencyMs"
              WHERE o.journal = its_journal AND o.order_id = r."orderId" AND o.outcome IS NULL;
          END IF;
          IF r.final IS NOT NULL THEN
            UPDATE spark_orders AS o SET final = r.final
              WHERE o.journal = its_journal AND o.order_id = r."orderId" AND o.final <> r.final;
          END IF;
        END LOOP;
      EXCEPTION WHEN integrity_constraint_violation OR data_exception THEN
        fault := SQLERRM;
        RETURN NEXT;
      END;
    END LOOP;
  END $$;`;

/** One step per version, forward only; what has shipped is never changed. */
export const POSTGRES_MIGRATIONS: readonly string[] = [TABLES + APPEND];

/** Brings the database to the newest schema, one executor at a time; refuses one that is newer. */
export async function migrate(session: PostgresSession): Promise<void> {
  await session.query('BEGIN');
  await session.query('SELECT pg_advisory_xact_lock($1, 0)', [LOCK_CLASS]);
  const [place] = await session.query<{ name: string | null }>(
    "SELECT to_regclass('spark_schema')::text AS name",
  );
  if (place?.name === null) {
    await session.query('CREATE TABLE spark_schema (version integer NOT NULL)');
    await session.query('INSERT INTO spark_schema VALUES (0)');
  }
  const [row] = await session.query<{ version: number }>('SELECT version FROM spark_schema');
  const found = row?.version ?? 0;
  const known = POSTGRES_MIGRATIONS.length;
  if (found > known) throw newerSchema(found, known);
  for (const step of POSTGRES_MIGRATIONS.slice(found)) await session.query(step);
  if (found < known) await session.query('UPDATE spark_schema SET version = $1', [known]);
  await session.query('COMMIT');
}
