-- One CPTS's past: %(size)s people and their requests. Percentages are those of a desk that has
-- been open for five years: most requests are ended, one in six waits for the coordinator.

ALTER TABLE patients_gprequest DISABLE TRIGGER USER;

ALTER TABLE patients_referral DISABLE TRIGGER USER;

INSERT INTO patients_patient (
    cpts_id, civility, first_name, last_name, search_name, birth_date, phone, phone_hash,
    email, email_hash, best_hours, contact_name, contact_phone, language
)
SELECT
    %(cpts)s,
    CASE WHEN n %% 2 = 0 THEN 'mme' ELSE 'm' END,
    first_name,
    last_name,
    lower(last_name || ' ' || first_name),
    date '1930-01-01' + (n::bigint * 7919 %% 34000)::int,
    (%(phones)s::text[])[1 + n %% array_length(%(phones)s::text[], 1)],
    md5(%(salt)s || 'phone' || n) || md5(n::text),
    (%(emails)s::text[])[1 + n %% array_length(%(emails)s::text[], 1)],
    md5(%(salt)s || 'email' || n) || md5(n::text),
    'any',
    '',
    '',
    'fr'
FROM generate_series(1, %(size)s) AS n
CROSS JOIN LATERAL (
    SELECT
        (ARRAY['Odile', 'Marcel', 'Lucie', 'Ahmed', 'Jeanne', 'Paul', 'Fatou', 'Hugo', 'Anna',
               'Simone', 'Karim', 'Rose', 'Louis', 'Nadia'])[1 + n * 31 %% 14] AS first_name,
        (ARRAY['Garnier', 'Benali', 'Prigent', 'Thomas', 'Diarra', 'Riou', 'Kowalski', 'Morel',
               'Tanguy', 'Caron', 'Delattre', 'Leroy', 'Fournier', 'Lefebvre', 'Wattez', 'Dubois',
               'Marchand', 'Colin', 'Sauvage', 'Hennebelle'])[1 + n * 17 %% 20]
        || (ARRAY['', ' Duval', ' Ponchel', ' Vasseur', ' Cuvelier'])[1 + n / 140 %% 5]
        AS last_name
) AS names;

INSERT INTO patients_gprequest (
    cpts_id, patient_id, reference, status, source, filed_for, commune_id, age_band,
    no_gp_reason, has_ald, is_pregnant, is_disabled, has_c2s, needs_end_of_life_care,
    is_home_bound, is_under_psychiatric_care, travel_km, spoken_languages, words,
    first_requested_at, status_changed_at, closed_at, first_visit_on, priority,
    priority_reasons, rule_set_id, override_reason, assigned_to_id, call_back_on
)
SELECT
    %(cpts)s,
    patient_id,
    to_char(requested_at, 'YYYY') || '-' || lpad(n::text, 6, '0'),
    status,
    CASE n %% 7 WHEN 0 THEN 'phone' WHEN 1 THEN 'partner' ELSE 'web' END,
    CASE n %% 9 WHEN 0 THEN 'relative' ELSE 'self' END,
    (%(communes)s::text[])[1 + n %% array_length(%(communes)s::text[], 1)],
    CASE
        WHEN age < 6 THEN '0-5' WHEN age < 18 THEN '6-17' WHEN age < 30 THEN '18-29'
        WHEN age < 50 THEN '30-49' WHEN age < 70 THEN '50-69' WHEN age < 85 THEN '70-84'
        ELSE '85+'
    END,
    (ARRAY['retired', 'gp_moved', 'new_resident', 'refused', 'too_far'])[1 + n %% 5],
    n %% 4 = 0, n %% 40 = 1, n %% 15 = 2, n %% 6 = 3, n %% 90 = 4, n %% 12 = 5, n %% 25 = 6,
    5 + n %% 20, '', '',
    requested_at,
    changed_at,
    CASE WHEN is_ended THEN changed_at END,
    CASE WHEN status = 'first_visit_set' THEN (%(now)s::timestamptz + interval '9 days')::date END,
    1 + n %% 5,
    CASE n %% 5
        WHEN 0 THEN ARRAY['end_of_life'] WHEN 1 THEN ARRAY['ald', 'over_70']
        WHEN 2 THEN ARRAY['ald'] WHEN 3 THEN ARRAY['over_70'] ELSE ARRAY[]::varchar[]
    END,
    %(rule_set)s,
    '',
    CASE WHEN n %% 3 = 0 AND NOT is_ended
        THEN (%(coordinators)s::bigint[])[1 + n %% array_length(%(coordinators)s::bigint[], 1)]
    END,
    CASE WHEN n %% 20 = 0 AND status IN ('received', 'to_complete', 'qualified')
        THEN (%(now)s::timestamptz)::date + n %% 5 - 2
    END
FROM (
    SELECT
        *,
        %(now)s::timestamptz - CASE
            WHEN is_ended THEN interval '70 days' + (n %% 1700) * interval '1 day'
            ELSE (n * 37 %% 12960) * interval '1 hour'
        END AS requested_at,
        %(now)s::timestamptz - CASE
            WHEN is_ended THEN interval '3 days' + (n %% 1700) * interval '1 day'
            ELSE (n %% 60) * interval '1 minute'
        END AS changed_at
    FROM (
        SELECT
            *,
            status NOT IN (
                'received', 'to_complete', 'qualified', 'referred', 'accepted', 'first_visit_set'
            ) AS is_ended
        FROM (
            SELECT
                patient.id AS patient_id,
                (row_number() OVER (ORDER BY patient.id))::int AS n,
                date_part('year', age(patient.birth_date)) AS age,
                CASE
                    WHEN roll < 30 THEN 'received' WHEN roll < 50 THEN 'to_complete'
                    WHEN roll < 170 THEN 'qualified' WHEN roll < 210 THEN 'referred'
                    WHEN roll < 250 THEN 'accepted' WHEN roll < 300 THEN 'first_visit_set'
                    WHEN roll < 800 THEN 'declared' WHEN roll < 880 THEN 'found_alone'
                    WHEN roll < 930 THEN 'withdrawn' WHEN roll < 960 THEN 'unreachable'
                    WHEN roll < 975 THEN 'duplicate' WHEN roll < 985 THEN 'moved'
                    WHEN roll < 990 THEN 'out_of_area' ELSE 'deceased'
                END AS status
            FROM patients_patient AS patient
            CROSS JOIN LATERAL (SELECT patient.id * 7919 %% 1000 AS roll) AS rolls
            WHERE patient.cpts_id = %(cpts)s
        ) AS drawn
    ) AS placed
) AS dated;

INSERT INTO patients_referral (
    cpts_id, request_id, gp_id, status, distance_km, proposed_by_id, proposed_at, expires_at,
    reserved_at, answered_at, decline_reason
)
SELECT
    %(cpts)s,
    id,
    (%(doctors)s::bigint[])[1 + id %% array_length(%(doctors)s::bigint[], 1)],
    CASE WHEN status = 'referred' THEN 'proposed' ELSE 'accepted' END,
    1 + id %% 12,
    (%(coordinators)s::bigint[])[1],
    status_changed_at - interval '1 day',
    status_changed_at + interval '2 days',
    CASE WHEN status <> 'referred' THEN status_changed_at END,
    CASE WHEN status <> 'referred' THEN status_changed_at END,
    ''
FROM patients_gprequest
WHERE cpts_id = %(cpts)s AND status IN ('referred', 'accepted', 'first_visit_set', 'declared');

INSERT INTO patients_privatelink (cpts_id, request_id, token_hash, created_at, expires_at)
SELECT
    cpts_id,
    id,
    md5(%(salt)s || id) || md5(id::text || %(salt)s),
    first_requested_at,
    %(now)s::timestamptz + interval '1 year'
FROM patients_gprequest
WHERE cpts_id = %(cpts)s;

INSERT INTO core_auditentry (
    cpts_id, subject_kind, subject_id, verb, source, target, by_label, reason, at
)
SELECT cpts_id, 'patients.gprequest', id::text, 'file', '', 'received', 'patient', '',
       first_requested_at
FROM patients_gprequest
WHERE cpts_id = %(cpts)s
UNION ALL
SELECT cpts_id, 'patients.gprequest', id::text, 'qualify', 'received', 'qualified',
       'coordinator', '', first_requested_at + interval '1 hour'
FROM patients_gprequest
WHERE cpts_id = %(cpts)s AND status NOT IN ('received', 'to_complete');

INSERT INTO patients_contactattempt (cpts_id, request_id, by_id, way, has_answered, at)
SELECT cpts_id, id, (%(coordinators)s::bigint[])[1], 'phone', false,
       first_requested_at + interval '2 hours'
FROM patients_gprequest
WHERE cpts_id = %(cpts)s AND id %% 3 = 0;

INSERT INTO patients_referencecounter (cpts_id, year, last)
VALUES (%(cpts)s, date_part('year', %(now)s::timestamptz), 500000);

ALTER TABLE patients_gprequest ENABLE TRIGGER USER;

ALTER TABLE patients_referral ENABLE TRIGGER USER
