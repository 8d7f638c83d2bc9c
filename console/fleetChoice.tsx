import { visible } from "#shared/platform/visibleText.ts";
import { request } from "./api/request.ts";
import { useLoaded } from "./live/useLoaded.ts";
import { navigate, product, urlInFleet } from "./route/router.ts";
import { Select } from "./ui/field.tsx";

interface Product {
  readonly id: number;
  readonly name: string;
}

const ownFleet = "own";

/** Chooses the fleet of the screens: the user's own devices, or those of a product. */
export const FleetChoice = () => {
  // Again after another choice: the product may be new.
  const { data } = useLoaded(`products ${product.value ?? ""}`, (signal) =>
    request<{ products: readonly Product[] }>({ method: "GET", path: "/v1/products" }, signal),
  );
  const products = data?.products ?? [];
  if (products.length === 0 && product.value === undefined) return null;
  const isListed = products.some(({ id }) => String(id) === product.value);
  const options: [string, string][] = [
    [ownFleet, "My own devices"],
    ...(product.value === undefined || isListed
      ? []
      : [[product.value, `Product ${product.value}`] satisfies [string, string]]),
    ...products.map(({ id, name }): [string, string] => [String(id), visible(name).slice(0, 60)]),
  ];
  return (
    <Select
      label="Fleet"
      value={product.value ?? ownFleet}
      options={options}
      onChange={(value) => navigate(urlInFleet("/", value === ownFleet ? undefined : value))}
    />
  );
};
