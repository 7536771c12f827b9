import { PGlite } from '@electric-sql/pglite';
import { Injectable, Module, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';

export const SCHEMA = `
  create table if not exists signing_keys (key text primary key, tenant text not null);
  create table if not exists signing_secrets (
    key text not null references signing_keys on delete cascade,
    secret text not null check (secret <> ''),
    created timestamptz not null default now(),
    primary key (key, secret)
  );
  create table if not exists invoices (tenant text not null, number integer not null, primary key (tenant, number))`;

/** The connection to PostgreSQL. PGLITE_FOLDER keeps the data; without it they are gone when the process ends. */
@Injectable()
export class Database implements OnModuleInit, OnModuleDestroy {
  readonly #postgres = new PGlite(process.env.PGLITE_FOLDER);

  onModuleInit() {
    return this.#postgres.exec(SCHEMA);
  }

  onModuleDestroy() {
    return this.#postgres.close();
  }

  async rows<Row>(sql: string, ...parameters: unknown[]): Promise<Row[]> {
    return (await this.#postgres.query<Row>(sql, parameters)).rows;
  }
}

@Injectable()
export class SigningKeys {
  constructor(private readonly database: Database) {}

  /** The secrets of a key, the newest first: two while the key is rotated. Nothing for an unknown key. */
  async secretsOf(key: string): Promise<string[] | undefined> {
    const sql = 'select secret from signing_secrets where key = $1 order by created desc';
    const rows = await this.database.rows<{ secret: string }>(sql, key);
    return rows.length > 0 ? rows.map(({ secret }) => secret) : undefined;
  }

  /** The tenant of a verified key. */
  async tenantOf(key: string): Promise<string | undefined> {
    const sql = 'select tenant from signing_keys where key = $1';
    return (await this.database.rows<{ tenant: string }>(sql, key))[0]?.tenant;
  }
}

@Module({ providers: [Database, SigningKeys], exports: [Database, SigningKeys] })
export class DatabaseModule {}
