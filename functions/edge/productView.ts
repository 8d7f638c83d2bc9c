import { type Product, productSlug } from "#shared/account/product.ts";
import type { Role } from "#shared/account/team/role.ts";

/** A product as Particle's clients expect it, and what the person who asks is in it: `null` for a program. */
export const productView = (product: Product, role?: Role) => ({
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
