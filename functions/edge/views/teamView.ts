import type { ApiUser } from "#shared/account/oauth/apiUser.ts";
import { type Offer, type Product, productSlug } from "#shared/account/product/product.ts";
import type { ReceivedInvitation } from "#shared/account/team/listTeam.ts";
import type { Invitation, Member } from "#shared/account/team/team.ts";
import type { ReceivedOffer } from "#shared/account/transfer/answerOffer.ts";
import type {
  ApiUserBody,
  InvitationBody,
  MemberBody,
  OfferBody,
  OwnerBody,
} from "#shared/routes/teamRoutes.ts";

/** The owner of a product as a member of its team, in Particle's format. */
export const ownerView = ({ owner, id, createdAt }: Product): OwnerBody => ({
  username: owner,
  is_programmatic: false,
  role: "owner",
  product_id: id,
  since: createdAt,
});

/** A member of a product's team. */
export const memberView = (
  { username, role, since, invitedBy }: Member,
  { id }: Product,
): MemberBody => ({
  username,
  is_programmatic: false,
  role,
  product_id: id,
  since,
  invited_by: invitedBy,
});

/** An API user of a product, in Particle's format. */
export const apiUserView = ({ username, friendlyName, scopes, product }: ApiUser): ApiUserBody => ({
  username,
  friendly_name: friendlyName,
  is_programmatic: true,
  scopes,
  product_id: product,
});

/** An open invitation, in the list of a team. */
export const invitationView = (invitation: Invitation): InvitationBody => ({
  id: invitation.id,
  username: invitation.username,
  role: invitation.role,
  invited_by: invitation.invitedBy,
  created_at: invitation.createdAt,
  expires_at: new Date(invitation.expiresAt).toISOString(),
});

/** An invitation, for the invited person. */
export const ownInvitationView = ({ product, invitation }: ReceivedInvitation) => ({
  ...invitationView(invitation),
  product: { id: product.id, name: product.name, slug: productSlug(product) },
});

/** An open offer of a product's ownership. */
export const offerView = ({ id, to, by, createdAt, expiresAt }: Offer): OfferBody => ({
  id,
  username: to,
  offered_by: by,
  created_at: createdAt,
  expires_at: new Date(expiresAt).toISOString(),
});

/** An offer, for the person who receives it. */
export const ownOfferView = ({ product, offer }: ReceivedOffer) => ({
  ...offerView(offer),
  product: { id: product.id, name: product.name, slug: productSlug(product) },
});
