-- The distinct calls of a trail, each as one CloudTrail record, for `leastwise policy`, `check`, `prune` and `explain`:
--
--     leastwise policy --per-principal result.csv
--
-- The table is that of table.sql. Athena's result (CSV) is read as it is; of a large one, UNLOAD writes many compressed files of JSON,
-- which are read as well (https://docs.aws.amazon.com/athena/latest/ug/unload.html):
--
--     UNLOAD (SELECT …) TO 's3://amzn-s3-demo-bucket/distinct-calls/' WITH (format = 'JSON')
--
-- Write your own days, and accounts and regions if not all are wanted, at (1).
--
-- What decides nothing of a policy is left out of the records: times, addresses, programs, requests' ids, sessions. Sessions stay
-- where AWS services called in them (`invokedBy`), since it counts whether the caller or the service opened them.
--   eventjson    the record; its eventID is that of one of the events, its eventTime that of the first
--   times        in how many events it was seen; one that CloudTrail delivered twice counts twice
--   first_time   the first of them
--   last_time    the last
WITH events AS (
    SELECT
        eventid,
        eventtime,
        sharedeventid,
        CASE WHEN useridentity.accountid = recipientaccountid THEN 0 ELSE 1 END AS is_of_another_account,
        -- Who.
        useridentity.type AS type,
        split_part(useridentity.principalid, ':', 1) AS principalid,
        CASE
            WHEN useridentity.type = 'AssumedRole'
                -- No session has a name so short.
                THEN split_part(useridentity.arn, '/', 1) || '/' || split_part(useridentity.arn, '/', 2) || '/-'
            ELSE useridentity.arn
        END AS arn,
        useridentity.accountid AS accountid,
        CASE WHEN useridentity.accesskeyid LIKE 'AKIA%' THEN useridentity.accesskeyid END AS accesskeyid,
        useridentity.invokedby AS invokedby,
        json_format(CAST(MAP(
            ARRAY['type', 'principalId', 'arn', 'accountId', 'userName'],
            ARRAY[
                useridentity.sessioncontext.sessionissuer.type,
                useridentity.sessioncontext.sessionissuer.principalid,
                useridentity.sessioncontext.sessionissuer.arn,
                useridentity.sessioncontext.sessionissuer.accountid,
                useridentity.sessioncontext.sessionissuer.username
            ]
        ) AS JSON)) AS sessionissuer,
        -- In which session; and whether a service called in it.
        CASE WHEN useridentity.type IN ('AssumedRole', 'Role') THEN useridentity.arn END AS session_arn,
        CASE WHEN useridentity.type IN ('AssumedRole', 'Role') THEN useridentity.accesskeyid END AS session_key,
        CASE
            WHEN useridentity.type IN ('AssumedRole', 'Role') AND useridentity.invokedby IS NOT NULL THEN 1
            ELSE 0
        END AS is_forwarded,
        -- Which session the call opened.
        CASE
            WHEN eventsource LIKE 'sts.%' AND eventname LIKE 'AssumeRole%'
                THEN json_extract_scalar(responseelements, '$.assumedRoleUser.arn')
        END AS opened_arn,
        CASE
            WHEN eventsource LIKE 'sts.%' AND eventname LIKE 'AssumeRole%'
                THEN json_extract_scalar(responseelements, '$.credentials.accessKeyId')
        END AS opened_key,
        -- What.
        json_format(CAST(MAP(
            ARRAY[
                'eventVersion', 'eventSource', 'eventName', 'eventType', 'eventCategory', 'awsRegion', 'recipientAccountId',
                'apiVersion', 'errorCode', 'errorMessage'
            ],
            ARRAY[
                eventversion, eventsource, eventname, eventtype, eventcategory, awsregion, recipientaccountid,
                apiversion, errorcode, errormessage
            ]
        ) AS JSON)) AS what,
        CASE lower(managementevent) WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' ELSE 'null' END AS managementevent,
        CASE lower(readonly) WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' ELSE 'null' END AS readonly,
        coalesce(requestparameters, 'null') AS requestparameters,
        coalesce(json_format(CAST(transform(
            resources,
            resource -> MAP(ARRAY['ARN', 'accountId', 'type'], ARRAY[resource.arn, resource.accountid, resource.type])
        ) AS JSON)), 'null') AS resources,
        CASE
            WHEN eventsource LIKE 's3%' AND responseelements IS NOT NULL
                THEN json_format(CAST(MAP(
                    ARRAY[
                        'x-amz-server-side-encryption', 'x-amz-server-side-encryption-aws-kms-key-id',
                        'x-amz-object-lock-mode', 'x-amz-object-lock-legal-hold', 'x-amz-tagging-count'
                    ],
                    ARRAY[
                        json_extract_scalar(responseelements, '$["x-amz-server-side-encryption"]'),
                        json_extract_scalar(responseelements, '$["x-amz-server-side-encryption-aws-kms-key-id"]'),
                        json_extract_scalar(responseelements, '$["x-amz-object-lock-mode"]'),
                        json_extract_scalar(responseelements, '$["x-amz-object-lock-legal-hold"]'),
                        json_extract_scalar(responseelements, '$["x-amz-tagging-count"]')
                    ]
                ) AS JSON))
            ELSE 'null'
        END AS responseelements,
        CASE
            WHEN additionaleventdata IS NOT NULL
                THEN json_format(CAST(MAP(
                    ARRAY['SignatureVersion', 'AuthenticationMethod'],
                    ARRAY[
                        json_extract_scalar(additionaleventdata, '$.SignatureVersion'),
                        json_extract_scalar(additionaleventdata, '$.AuthenticationMethod')
                    ]
                ) AS JSON))
            ELSE 'null'
        END AS additionaleventdata,
        CASE WHEN tlsdetails.tlsversion IS NOT NULL THEN '{"tlsVersion":"' || tlsdetails.tlsversion || '"}' ELSE 'null' END
            AS tlsdetails
    FROM cloudtrail_logs
    WHERE day BETWEEN '2025/01/01' AND '2025/12/31' -- (1)
),

-- Each event as a call; and beside that, for each session and key that it opened or that a service used, under their names.
views AS (
    SELECT
        events.*,
        view,
        CASE view
            WHEN 'call' THEN session_arn
            WHEN 'opened session' THEN opened_arn
            WHEN 'opened key' THEN opened_key
            WHEN 'used key' THEN session_key
        END AS session,
        CASE WHEN view = 'call' AND is_forwarded = 0 THEN NULL ELSE session_key END AS used_key,
        CASE WHEN view = 'call' THEN NULL ELSE opened_arn END AS shown_arn,
        CASE WHEN view = 'call' THEN NULL ELSE opened_key END AS shown_key
    FROM events
    CROSS JOIN UNNEST(
        CASE
            WHEN opened_key IS NOT NULL OR opened_arn IS NOT NULL THEN ARRAY['call', 'opened session', 'opened key']
            WHEN is_forwarded = 1 THEN ARRAY['call', 'used key']
            ELSE ARRAY['call']
        END
    ) AS of_event (view)
),

by_session AS (
    SELECT
        view, session, used_key, shown_arn, shown_key, is_forwarded, sharedeventid, is_of_another_account,
        type, principalid, arn, accountid, accesskeyid, invokedby, sessionissuer,
        what, managementevent, readonly, requestparameters, resources, responseelements, additionaleventdata, tlsdetails,
        count(*) AS times,
        min(eventtime) AS first_time,
        max(eventtime) AS last_time,
        min(eventid) AS eventid
    FROM views
    GROUP BY
        view, session, used_key, shown_arn, shown_key, is_forwarded, sharedeventid, is_of_another_account,
        type, principalid, arn, accountid, accesskeyid, invokedby, sessionissuer,
        what, managementevent, readonly, requestparameters, resources, responseelements, additionaleventdata, tlsdetails
),

-- Sessions count where a service called in them; of the records of one event in several accounts, that of the caller's own.
marked AS (
    SELECT
        by_session.*,
        max(is_forwarded) OVER (PARTITION BY coalesce(session, eventid)) AS is_of_service,
        CASE
            WHEN sharedeventid IS NULL THEN 1
            ELSE row_number() OVER (
                PARTITION BY coalesce(sharedeventid, eventid), view
                ORDER BY is_of_another_account, what, eventid
            )
        END AS twin
    FROM by_session
),

calls AS (
    SELECT
        type, principalid, accountid, invokedby, sessionissuer,
        CASE WHEN view = 'call' AND is_of_service = 1 THEN coalesce(session, arn) ELSE arn END AS arn,
        CASE WHEN is_forwarded = 1 THEN used_key ELSE accesskeyid END AS accesskeyid,
        what, managementevent, readonly, requestparameters, resources, additionaleventdata, tlsdetails,
        CASE
            WHEN view = 'call' THEN responseelements
            ELSE json_format(CAST(MAP(
                ARRAY['assumedRoleUser', 'credentials'],
                ARRAY[MAP(ARRAY['arn'], ARRAY[shown_arn]), MAP(ARRAY['accessKeyId'], ARRAY[shown_key])]
            ) AS JSON))
        END AS responseelements,
        times, first_time, last_time, eventid
    FROM marked
    WHERE twin = 1 AND (view = 'call' OR (view LIKE 'opened %' AND is_of_service = 1))
),

distinct_calls AS (
    SELECT
        type, principalid, arn, accountid, accesskeyid, invokedby, sessionissuer,
        what, managementevent, readonly, requestparameters, resources, responseelements, additionaleventdata, tlsdetails,
        sum(times) AS times,
        min(first_time) AS first_time,
        max(last_time) AS last_time,
        min(eventid) AS eventid
    FROM calls
    GROUP BY
        type, principalid, arn, accountid, accesskeyid, invokedby, sessionissuer,
        what, managementevent, readonly, requestparameters, resources, responseelements, additionaleventdata, tlsdetails
)

SELECT
    '{"eventTime":"' || coalesce(first_time, '') || '","eventID":"' || coalesce(eventid, '') || '","userIdentity":{'
        || '"sessionContext":{"sessionIssuer":' || sessionissuer || '},'
        || substr(json_format(CAST(MAP(
            ARRAY['type', 'principalId', 'arn', 'accountId', 'accessKeyId', 'invokedBy'],
            ARRAY[type, principalid, arn, accountid, accesskeyid, invokedby]
        ) AS JSON)), 2)
        || ',"managementEvent":' || managementevent
        || ',"readOnly":' || readonly
        || ',"requestParameters":' || requestparameters
        || ',"resources":' || resources
        || ',"responseElements":' || responseelements
        || ',"additionalEventData":' || additionaleventdata
        || ',"tlsDetails":' || tlsdetails
        || ',' || substr(what, 2) AS eventjson,
    times,
    first_time,
    last_time
FROM distinct_calls
