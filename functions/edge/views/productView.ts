import { type Product, productSlug } from "#shared/account/product/product.ts";
import type { Role } from "#shared/account/team/role.ts";
import { removalCountedMax } from "#shared/removal/limits.ts";
import type { planRemoval } from "#shared/removal/removeProduct.ts";
import type { ProductBody, ProductContentsBody } from "#shared/routes/productRoutes.ts";

/** A product as Particle's clients expect it, and what the person who asks is in it: `null` for a program. */
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

/** What goes with a product. A number that is as large as its bound stands for that many or more. */
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
});
