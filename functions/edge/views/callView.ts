import type { Value } from "#shared/call/call.ts";
import type { Device } from "#shared/device/device.ts";
import type { DeviceState } from "#shared/presence/deviceState.ts";
import type { CalledBody, VariableBody } from "#shared/routes/callRoutes.ts";
import { isoTime } from "./deviceView.ts";

/** The result of a function call, in Particle's format. */
export const calledView = (
  { id }: Device,
  { name, value }: { name: string; value: Value },
): CalledBody => ({
  id,
  name,
  last_app: "",
  connected: true,
  return_value: value,
});

/** The value of a variable and the state of its device at `now`, in Particle's format. */
export const variableView = (
  { device, sessions }: Pick<DeviceState, "device" | "sessions">,
  { name, value, now }: { name: string; value: Value; now: number },
): VariableBody => {
  const handshakeAt = Math.max(0, ...sessions.map((session) => session.handshakeAt ?? 0));
  return {
    cmd: "VarReturn",
    name,
    result: value,
    coreInfo: {
      name: device.name ?? null,
      deviceID: device.id,
      connected: true,
      last_handshake_at: isoTime(handshakeAt),
      last_heard: isoTime(now),
      last_app: "",
      product_id: device.product ?? null,
    },
  };
};
