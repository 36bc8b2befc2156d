//! Every statement that is sent, by name. Only what Citus, YugabyteDB and CockroachDB run too: no sequences, advisory
//! locks, triggers, notifications or temporary tables. A test reads the plan of each and refuses other SQL.
//!
//! The tenant leads every key, so that tables distribute by it, and stands in every statement, so that none reads
//! what belongs to another.

/// One step of the schema: a single statement, applied once and never changed afterwards.
pub(super) const MIGRATIONS: [(i64, &str, &str); 14] = [
    (
        1,
        "states of sources",
        "CREATE TABLE states (tenant text NOT NULL, source text NOT NULL, value bytea NOT NULL, \
         PRIMARY KEY (tenant, source))",
    ),
    (
        2,
        "posts",
        "CREATE TABLE posts (tenant text NOT NULL, id text COLLATE \"C\" NOT NULL, source text NOT NULL, \
         due_s bigint, value bytea NOT NULL, PRIMARY KEY (tenant, id))",
    ),
    (3, "posts of a source", "CREATE INDEX posts_by_source ON posts (tenant, source, id)"),
    (4, "threads that are due", "CREATE INDEX posts_by_due ON posts (tenant, due_s, id) WHERE due_s IS NOT NULL"),
    (
        5,
        "identity keys of posts",
        "CREATE TABLE identities (tenant text NOT NULL, key bytea NOT NULL, post text COLLATE \"C\" NOT NULL, \
         PRIMARY KEY (tenant, key))",
    ),
    (6, "identity keys by post", "CREATE INDEX identities_by_post ON identities (tenant, post)"),
    (
        7,
        "comments",
        "CREATE TABLE comments (tenant text NOT NULL, post text COLLATE \"C\" NOT NULL, id text COLLATE \"C\" NOT NULL, \
         value bytea NOT NULL, PRIMARY KEY (tenant, post, id))",
    ),
    (
        8,
        "the order of changes",
        "CREATE TABLE changes (tenant text NOT NULL, post text COLLATE \"C\" NOT NULL, seq bigint NOT NULL, \
         PRIMARY KEY (tenant, post))",
    ),
    (9, "changes by number", "CREATE INDEX changes_by_seq ON changes (tenant, seq)"),
    (
        10,
        "records",
        "CREATE TABLE records (tenant text NOT NULL, kind text NOT NULL, owner text COLLATE \"C\" NOT NULL, \
         id text COLLATE \"C\" NOT NULL, value bytea NOT NULL, PRIMARY KEY (tenant, kind, owner, id))",
    ),
    (
        11,
        "counters",
        "CREATE TABLE counters (tenant text NOT NULL, name text NOT NULL, value bigint NOT NULL, \
         PRIMARY KEY (tenant, name))",
    ),
    (
        12,
        "leases",
        "CREATE TABLE leases (tenant text NOT NULL, name text COLLATE \"C\" NOT NULL, attempt bigint NOT NULL, \
         free_at_ms bigint NOT NULL, PRIMARY KEY (tenant, name))",
    ),
    (
        13,
        "limits",
        "CREATE TABLE limits (tenant text NOT NULL, name text COLLATE \"C\" NOT NULL, rests_at_ms bigint NOT NULL, \
         PRIMARY KEY (tenant, name))",
    ),
    (14, "limits that rest", "CREATE INDEX limits_by_rest ON limits (tenant, rests_at_ms)"),
];

macro_rules! statements {
    ($($(#[$doc:meta])* $name:ident = $sql:literal;)*) => {
        $($(#[$doc])* pub(super) const $name: &str = $sql;)*

        /// Every statement with its name, for the tests that read their plans.
        pub const STATEMENTS: &[(&str, &str)] = &[$((stringify!($name), $sql)),*];
    };
}

statements! {
    /// Puts sources' states.
    SAVE_STATES = "INSERT INTO states (tenant, source, value) \
        SELECT $1, source, value FROM UNNEST($2::text[], $3::bytea[]) AS given (source, value) \
        ON CONFLICT (tenant, source) DO UPDATE SET value = excluded.value";
    /// The states of these sources.
    FIND_STATES = "SELECT source, value FROM states WHERE tenant = $1 AND source = ANY($2)";
    /// The states of all sources.
    LIST_STATES = "SELECT value FROM states WHERE tenant = $1 ORDER BY source";
    /// Makes names known that can be leased.
    ADD_LEASES = "INSERT INTO leases (tenant, name, attempt, free_at_ms) \
        SELECT $1, name, 0, 0 FROM UNNEST($2::text[]) AS given (name) ON CONFLICT (tenant, name) DO NOTHING";
    /// Names that are free, held against others; whoever comes second passes them over.
    HOLD_FREE_LEASES = "SELECT name, attempt FROM leases WHERE tenant = $1 AND name = ANY($2) AND free_at_ms <= $3 \
        ORDER BY name LIMIT $4 FOR UPDATE SKIP LOCKED";
    /// Takes names that are held.
    TAKE_LEASES = "UPDATE leases SET attempt = attempt + 1, free_at_ms = $3 WHERE tenant = $1 AND name = ANY($2)";
    /// Leased names, held against others.
    HOLD_LEASES = "SELECT name, attempt FROM leases WHERE tenant = $1 AND name = ANY($2) ORDER BY name FOR UPDATE";
    /// Moves the end of leases that are held.
    MOVE_LEASES = "UPDATE leases SET free_at_ms = $3 WHERE tenant = $1 AND name = ANY($2)";
    /// Who took a name last.
    FIND_LEASE = "SELECT attempt, free_at_ms FROM leases WHERE tenant = $1 AND name = $2";
    /// Counts a use, where the name is not too far ahead.
    USE_UP = "INSERT INTO limits (tenant, name, rests_at_ms) VALUES ($1, $2, $3::bigint + $4::bigint) \
        ON CONFLICT (tenant, name) DO UPDATE SET rests_at_ms = GREATEST(limits.rests_at_ms, $3) + $4::bigint \
        WHERE limits.rests_at_ms <= $5 RETURNING rests_at_ms";
    /// Until when a name is used.
    FIND_LIMIT = "SELECT rests_at_ms FROM limits WHERE tenant = $1 AND name = $2";
    /// Forgets what nobody uses any more.
    CLEAR_LIMITS = "DELETE FROM limits WHERE tenant = $1 AND rests_at_ms < $2";
    /// Posts by id, held against other writers.
    HOLD_POSTS = "SELECT id, value FROM posts WHERE tenant = $1 AND id = ANY($2) ORDER BY id FOR UPDATE";
    /// Puts posts.
    SAVE_POSTS = "INSERT INTO posts (tenant, id, source, due_s, value) \
        SELECT $1, id, source, due_s, value FROM UNNEST($2::text[], $3::text[], $4::bigint[], $5::bytea[]) \
        AS given (id, source, due_s, value) \
        ON CONFLICT (tenant, id) DO UPDATE SET source = excluded.source, due_s = excluded.due_s, value = excluded.value";
    /// Claims identity keys that no other post holds.
    CLAIM_KEYS = "INSERT INTO identities (tenant, key, post) \
        SELECT $1, key, post FROM UNNEST($2::bytea[], $3::text[]) AS given (key, post) \
        ON CONFLICT (tenant, key) DO NOTHING";
    /// Who holds these identity keys.
    FIND_KEYS = "SELECT key, post FROM identities WHERE tenant = $1 AND key = ANY($2)";
    /// Puts comments.
    SAVE_COMMENTS = "INSERT INTO comments (tenant, post, id, value) \
        SELECT $1, post, id, value FROM UNNEST($2::text[], $3::text[], $4::bytea[]) AS given (post, id, value) \
        ON CONFLICT (tenant, post, id) DO UPDATE SET value = excluded.value";
    /// Takes numbers for so many changes. The row stays held until the end, so that numbers become visible in order.
    COUNT_CHANGES = "INSERT INTO counters (tenant, name, value) VALUES ($1, 'changes', $2) \
        ON CONFLICT (tenant, name) DO UPDATE SET value = counters.value + excluded.value RETURNING value";
    /// Gives changed posts their place in the order of changes.
    SAVE_CHANGES = "INSERT INTO changes (tenant, post, seq) \
        SELECT $1, post, seq FROM UNNEST($2::text[], $3::bigint[]) AS given (post, seq) \
        ON CONFLICT (tenant, post) DO UPDATE SET seq = excluded.seq";
    /// Changes after a number.
    LIST_CHANGES = "SELECT seq, post FROM changes WHERE tenant = $1 AND seq > $2 ORDER BY seq LIMIT $3";
    /// Posts by id.
    FIND_POSTS = "SELECT id, value FROM posts WHERE tenant = $1 AND id = ANY($2)";
    /// A page of posts.
    LIST_POSTS = "SELECT value FROM posts WHERE tenant = $1 AND id > $2 ORDER BY id LIMIT $3";
    /// A page of a source's posts.
    LIST_POSTS_OF_SOURCE = "SELECT value FROM posts WHERE tenant = $1 AND source = $2 AND id > $3 \
        ORDER BY id LIMIT $4";
    /// The comments of posts.
    LIST_COMMENTS = "SELECT post, value FROM comments WHERE tenant = $1 AND post = ANY($2) ORDER BY post, id";
    /// Posts whose thread is due.
    LIST_DUE = "SELECT id FROM posts WHERE tenant = $1 AND due_s IS NOT NULL AND due_s <= $2 \
        ORDER BY due_s, id LIMIT $3";
    /// Takes posts away.
    REMOVE_POSTS = "DELETE FROM posts WHERE tenant = $1 AND id = ANY($2)";
    /// Takes their comments away.
    REMOVE_COMMENTS = "DELETE FROM comments WHERE tenant = $1 AND post = ANY($2)";
    /// Gives their identity keys free.
    REMOVE_KEYS = "DELETE FROM identities WHERE tenant = $1 AND post = ANY($2)";
    /// One record.
    FIND_RECORD = "SELECT value FROM records WHERE tenant = $1 AND kind = $2 AND owner = $3 AND id = $4";
    /// Records of an owner by id.
    FIND_RECORDS = "SELECT id, value FROM records WHERE tenant = $1 AND kind = $2 AND owner = $3 AND id = ANY($4)";
    /// One record, held against other writers.
    HOLD_RECORD = "SELECT value FROM records WHERE tenant = $1 AND kind = $2 AND owner = $3 AND id = $4 FOR UPDATE";
    /// A page of an owner's records of a kind; from the first on, where `$5` is true.
    LIST_RECORDS_OF_OWNER = "SELECT value FROM records WHERE tenant = $1 AND kind = $2 AND owner = $3 \
        AND id >= $4 AND ($5 OR id <> $4) ORDER BY id LIMIT $6";
    /// All records of an owner that are of these kinds.
    LIST_OWNED = "SELECT value FROM records WHERE tenant = $1 AND kind = ANY($2) AND owner = $3 ORDER BY kind, id";
    /// A page of records of a kind; from the first on, where `$5` is true.
    LIST_RECORDS = "SELECT value FROM records WHERE tenant = $1 AND kind = $2 AND (owner, id) >= ($3, $4) \
        AND ($5 OR owner <> $3 OR id <> $4) ORDER BY owner, id LIMIT $6";
    /// Puts records.
    SAVE_RECORDS = "INSERT INTO records (tenant, kind, owner, id, value) \
        SELECT $1, kind, owner, id, value FROM UNNEST($2::text[], $3::text[], $4::text[], $5::bytea[]) \
        AS given (kind, owner, id, value) \
        ON CONFLICT (tenant, kind, owner, id) DO UPDATE SET value = excluded.value";
    /// Puts a record where there is none.
    ADD_RECORD = "INSERT INTO records (tenant, kind, owner, id, value) VALUES ($1, $2, $3, $4, $5) \
        ON CONFLICT (tenant, kind, owner, id) DO NOTHING";
    /// Takes a record away.
    REMOVE_RECORD = "DELETE FROM records WHERE tenant = $1 AND kind = $2 AND owner = $3 AND id = $4";
    /// A page of comments of all posts, for a check.
    CHECK_COMMENTS = "SELECT post, id, value FROM comments WHERE tenant = $1 AND (post, id) > ($2, $3) \
        ORDER BY post, id LIMIT $4";
    /// Which of these posts stand in the order of changes.
    CHECK_CHANGES = "SELECT post FROM changes WHERE tenant = $1 AND post = ANY($2)";
    /// A page of identity keys, for a check.
    CHECK_KEYS = "SELECT key, post FROM identities WHERE tenant = $1 AND key > $2 ORDER BY key LIMIT $3";
}
