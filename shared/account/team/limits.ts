/** Maximum number of members and open invitations of a team. */
export const teamPeopleMax = 100;
export const invitationDays = 14;
export const invitationIdCharsMax = 64;
/**
 * Days for which an offer of the ownership is open, and the maximum number of former owners that a
 * product keeps.
 */
export const transferOfferDays = 14;
export const formerOwnersMax = 20;
/** Maximum number of attempts to change a team while it is changed concurrently. */
export const teamWriteAttemptsMax = 8;
/** Maximum number of invitations and of memberships in a person's lists. */
export const membershipsListedMax = 200;
/** Maximum number of concurrent lookups of accounts or products for one list. */
export const concurrentLookupsMax = 20;
