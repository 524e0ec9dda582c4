-- Whether the agreement by which it was lent covers it as it stands: the user's department, and the day on which it began.
-- define: agreed
coalesce(entry.standing_agreement ->> 'to_department_id' = state.user_department_id::text
         AND NOT EXISTS (SELECT FROM standing_agreements agreement
                          WHERE agreement.id = entry.standing_agreement_id
                            AND (agreement.valid_from > api.day_of(state.out_at)
                                 OR api.day_of(agreement.revoked_at) < api.day_of(state.out_at))), false)
