import { type Product, productSlug } from "#shared/account/product.ts";

/** A product as Particle's clients expect it. */
export const productView = (product: Product) => ({
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
});
