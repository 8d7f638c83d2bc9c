import { type Product, productSlug } from "#shared/account/product/product.ts";
import type { Role } from "#shared/account/team/role.ts";
import { removalCountedMax } from "#shared/removal/limits.ts";
import type { planRemoval } from "#shared/removal/removeProduct.ts";
import type { ProductBody, ProductContentsBody } from "#shared/routes/productRoutes.ts";

/** A product in Particle's format, with the role of the caller; `null` for an API user. */
export const productView = (product: Product, role?: Role): ProductBody => ({
  id: product.id,
  platform_id: product.platformId,
  name: product.name,
  slug: productSlug(product),
  description: product.description,
  user: product.owner,
  org: null,
  groups: [],
  settings: {},
  device_protection: "disabled",
  role: role ?? null,
});

/** The contents of a product. A number that equals `counted_at_most` is a lower bound. */
export const planView = (plan: Awaited<ReturnType<typeof planRemoval>>): ProductContentsBody => ({
  devices: plan.devices,
  integrations: plan.integrations,
  dead_letters: plan.deadLetters,
  counted_at_most: removalCountedMax,
  api_users: plan.apiUsers,
  clients: plan.clients,
  members: plan.members,
  invitations: plan.invitations,
  claim_certificates: plan.claimCertificates,
  firmware_versions: plan.firmwareVersions,
});
