import type { ComponentChildren } from "preact";
import { product } from "../../route/router.ts";
import { Empty } from "../../ui/empty.tsx";
import { Screen } from "../../ui/screen.tsx";

interface Props {
  readonly title: string;
  readonly children: ComponentChildren;
}

/** What a screen shows of the product of the URL. Devices of a user have no firmware versions. */
export const InProduct = ({ title, children }: Props) =>
  product.value === undefined ? (
    <Screen title={title}>
      <Empty title="Only a product has firmware versions, releases and groups.">
        <p>Choose a product, or create one.</p>
      </Empty>
    </Screen>
  ) : (
    children
  );
