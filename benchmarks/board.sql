-- The people of one CPTS who offer slots: a place each, sixty communes.
WITH made AS (
    INSERT INTO members_user (password, is_superuser, username, title, first_name, last_name,
                              is_staff, is_active, date_joined)
    SELECT '!', false, 'mesure-' || %(cpts)s || '-' || n, 'Dr', 'Maud', 'Lorcy ' || n,
           false, true, now()
    FROM generate_series(1, %(people)s) AS n
    RETURNING id
)
INSERT INTO members_membership (cpts_id, user_id, role, profession_id, starts_on, end_reason,
                                erased_at, organisation, rpps, phone, email, mssante, end_note,
                                other_skills, public_fields, wants_minutes, wants_ads)
SELECT %(cpts)s, id, 'professional',
       (ARRAY['medecin-generaliste', 'infirmier', 'pharmacien', 'kinesitherapeute'])[1 + id %% 4],
       current_date - 30, '', NULL, '', '', '', '', '', '', '', '{}', true, false
FROM made;
INSERT INTO members_practice (cpts_id, name, kind, address, commune_id, phone, finess,
                              is_wheelchair_accessible, does_home_visits)
SELECT %(cpts)s, 'Cabinet ' || n, 'surgery', n || ' rue des Tilleuls',
       (%(communes)s::text[])[1 + n %% array_length(%(communes)s::text[], 1)], '', '', false, false
FROM generate_series(1, %(people)s) AS n
