import * as z from "zod/mini";
import { common } from "../kind/common.ts";

/** As much of an integration as matching needs. It can be read also where a setting cannot. */
export const outlet = z.pick(common, {
  id: true,
  fleet: true,
  event: true,
  deviceID: true,
  disabled: true,
  deadline: true,
});

export type Outlet = z.output<typeof outlet>;
