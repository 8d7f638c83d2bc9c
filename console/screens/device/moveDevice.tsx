import { useState } from "preact/hooks";
import { visible } from "#shared/platform/visibleText.ts";
import type { ApiRequest } from "../../api/apiRequest.ts";
import type { AddedBody, DeviceDetailsBody, ProductBody } from "../../api/replies.ts";
import { request } from "../../api/request.ts";
import { useLoaded } from "../../live/useLoaded.ts";
import { navigate, product, urlInFleet } from "../../route/router.ts";
import { Confirm } from "../../ui/confirm.tsx";
import { Select } from "../../ui/field.tsx";
import { toast } from "../../ui/toast.tsx";

/** Moves a device of the user to a product. `Remove` of a product returns it. */
export const MoveDevice = ({ device: { id } }: { device: DeviceDetailsBody }) => {
  const [chosen, setChosen] = useState("");
  const { data } = useLoaded("products to move to", (signal) =>
    request<{ products: readonly ProductBody[] }>({ method: "GET", path: "/v1/products" }, signal),
  );
  const [first, ...others] = data?.products ?? [];
  if (product.value !== undefined || first === undefined) return null;
  const to = String(others.find((each) => String(each.id) === chosen)?.id ?? first.id);
  const move: ApiRequest = {
    method: "POST",
    path: `/v1/products/${to}/devices`,
    body: { ids: [id] },
  };
  return (
    <Confirm
      action="Move"
      kind="primary"
      title="Move this device to a product?"
      request={move}
      run={async () => {
        const { updated, existingDeviceIds } = await request<AddedBody>(move);
        if (updated + existingDeviceIds.length === 0) {
          throw new Error("The product did not accept the device: it has another owner.");
        }
        toast("The device is in the product.");
        navigate(urlInFleet(`/devices/${id}`, to));
      }}
    >
      <p>
        The device loses its connection and reconnects in the fleet of the product. Its events and
        calls belong to the product then: integrations of your own devices no longer get them. Its
        presence history stays behind. To undo it, remove the device from the product.
      </p>
      <Select
        label="Product"
        value={to}
        options={[first, ...others].map(
          (each) => [String(each.id), visible(each.name).slice(0, 80)] as const,
        )}
        onChange={setChosen}
      />
    </Confirm>
  );
};
