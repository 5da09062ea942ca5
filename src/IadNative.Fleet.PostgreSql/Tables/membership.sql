-- What the nodes of a cluster know of each other: tables, columns, keys and parameters are those that Orleans' provider for databases asks for
-- by name; it looks for them in the schema of its connection. Each statement changes all it changes or nothing, and a change of the membership counts the version up from the one it knew.
create table if not exists iad.OrleansQuery
(
    QueryKey varchar(64) primary key,
    QueryText varchar(8000) not null
);

create table if not exists iad.OrleansMembershipVersionTable
(
    DeploymentId varchar(150) primary key,
    Timestamp timestamptz(3) not null default now(),
    Version integer not null default 0
);

create table if not exists iad.OrleansMembershipTable
(
    DeploymentId varchar(150) not null references iad.OrleansMembershipVersionTable,
    Address varchar(45) not null,
    Port integer not null,
    Generation integer not null,
    SiloName varchar(150) not null,
    HostName varchar(150) not null,
    Status integer not null,
    ProxyPort integer,
    SuspectTimes varchar(8000),
    StartTime timestamptz(3) not null,
    IAmAliveTime timestamptz(3) not null,
    primary key (DeploymentId, Address, Port, Generation)
);

insert into iad.OrleansQuery (QueryKey, QueryText) values
('UpdateIAmAlivetimeKey', $$
    update iad.OrleansMembershipTable set IAmAliveTime = @IAmAliveTime
    where DeploymentId = @DeploymentId and Address = @Address and Port = @Port and Generation = @Generation
$$),
('InsertMembershipVersionKey', $$
    with added as (insert into iad.OrleansMembershipVersionTable (DeploymentId) values (@DeploymentId) on conflict do nothing returning 1)
    select count(*)::integer from added
$$),
('InsertMembershipKey', $$
    with version as
    (
        update iad.OrleansMembershipVersionTable set Timestamp = now(), Version = Version + 1
        where DeploymentId = @DeploymentId and Version = @Version and not exists
        (
            select from iad.OrleansMembershipTable
            where DeploymentId = @DeploymentId and Address = @Address and Port = @Port and Generation = @Generation
        )
        returning 1
    ),
    added as
    (
        insert into iad.OrleansMembershipTable
            (DeploymentId, Address, Port, Generation, SiloName, HostName, Status, ProxyPort, StartTime, IAmAliveTime)
        select @DeploymentId, @Address, @Port, @Generation, @SiloName, @HostName, @Status, @ProxyPort, @StartTime, @IAmAliveTime
        from version
        returning 1
    )
    select count(*)::integer from added
$$),
('UpdateMembershipKey', $$
    with version as
    (
        update iad.OrleansMembershipVersionTable set Timestamp = now(), Version = Version + 1
        where DeploymentId = @DeploymentId and Version = @Version and exists
        (
            select from iad.OrleansMembershipTable
            where DeploymentId = @DeploymentId and Address = @Address and Port = @Port and Generation = @Generation
        )
        returning 1
    ),
    changed as
    (
        update iad.OrleansMembershipTable set Status = @Status, SuspectTimes = @SuspectTimes, IAmAliveTime = @IAmAliveTime
        from version
        where DeploymentId = @DeploymentId and Address = @Address and Port = @Port and Generation = @Generation
        returning 1
    )
    select count(*)::integer from changed
$$),
('MembershipReadRowKey', $$
    select v.DeploymentId, m.Address, m.Port, m.Generation, m.SiloName, m.HostName, m.Status, m.ProxyPort, m.SuspectTimes, m.StartTime,
        m.IAmAliveTime, v.Version
    from iad.OrleansMembershipVersionTable v left join iad.OrleansMembershipTable m
        on m.DeploymentId = v.DeploymentId and m.Address = @Address and m.Port = @Port and m.Generation = @Generation
    where v.DeploymentId = @DeploymentId
$$),
('MembershipReadAllKey', $$
    select v.DeploymentId, m.Address, m.Port, m.Generation, m.SiloName, m.HostName, m.Status, m.ProxyPort, m.SuspectTimes, m.StartTime,
        m.IAmAliveTime, v.Version
    from iad.OrleansMembershipVersionTable v left join iad.OrleansMembershipTable m on m.DeploymentId = v.DeploymentId
    where v.DeploymentId = @DeploymentId
$$),
('DeleteMembershipTableEntriesKey', $$
    delete from iad.OrleansMembershipTable where DeploymentId = @DeploymentId;
    delete from iad.OrleansMembershipVersionTable where DeploymentId = @DeploymentId
$$),
('GatewaysQueryKey', $$
    select Address, ProxyPort, Generation from iad.OrleansMembershipTable where DeploymentId = @DeploymentId and Status = @Status and ProxyPort > 0
$$),
('CleanupDefunctSiloEntriesKey', $$
    delete from iad.OrleansMembershipTable where DeploymentId = @DeploymentId and IAmAliveTime < @IAmAliveTime and Status <> 3
$$)
on conflict (QueryKey) do update set QueryText = excluded.QueryText;
