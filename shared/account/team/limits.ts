/** How many people a product's team has, its open invitations included. */
export const teamPeopleMax = 100;
export const invitationDays = 14;
export const invitationIdCharsMax = 64;
/** How many changes the log of a team keeps. Together with the people it fits into one row of the table. */
export const teamLogEntriesMax = 200;
/** How long an offer of a product's ownership is open, and how many former owners the row of a product keeps. */
export const transferOfferDays = 14;
export const formerOwnersMax = 20;
/** How often a change of a team is tried again when somebody else changed the team meanwhile. */
export const teamWriteAttemptsMax = 8;
/** How many invitations and memberships a person's lists show. */
export const membershipsListedMax = 200;
/** How many accounts or products are looked up at once for one list. */
export const concurrentLookupsMax = 20;
