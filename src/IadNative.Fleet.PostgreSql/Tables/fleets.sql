-- Fleets of IadNative: what is to be fitted, and what came of it. Everything is keyed by what it holds, so that writing twice is writing once.
create schema if not exists iad;

-- Rows to be fitted, by the SHA-256 of what they hold.
create table if not exists iad.partition
(
    hash text primary key check (length(hash) = 64),
    content bytea not null
);
-- The bytes are numbers, and models below: compressing them again costs time and saves nothing.
alter table iad.partition alter column content set storage external;

-- One result a job, by the job's key: a detector with its digest, or a failure without.
create table if not exists iad.result
(
    key text primary key check (length(key) = 64),
    engine text not null,
    digest text check (length(digest) = 64),
    content bytea not null,
    stored_at timestamptz not null default now()
);
alter table iad.result alter column content set storage external;

-- Detectors of one engine that should be the same and are not: the machine or the program is at fault.
create table if not exists iad.digest_alarm
(
    key text not null,
    engine text not null,
    stored text not null,
    second text not null,
    seen_at timestamptz not null default now(),
    primary key (key, engine, second)
);

-- How often somebody has begun with a job that has no result yet: one that ends every process that fits it must not go on for ever.
create table if not exists iad.job_start
(
    key text primary key,
    starts integer not null
);

-- What was submitted, by the beginning of its plan's hash.
create table if not exists iad.fleet
(
    id text primary key,
    name text not null,
    plan bytea not null,
    jobs bigint not null check (jobs > 0),
    -- Counted up whenever it is opened again: what was said of an earlier time does not count.
    submission bigint not null default 1,
    state text not null check (state in ('open', 'cancelled', 'ended')),
    submitted_at timestamptz not null default now(),
    ended_at timestamptz
);

-- How far blocks of its jobs are that somebody has begun with.
create table if not exists iad.fleet_block
(
    fleet text not null references iad.fleet on delete cascade,
    number integer not null check (number >= 0),
    done integer not null,
    failed integer not null,
    has_ended boolean not null,
    primary key (fleet, number)
);
