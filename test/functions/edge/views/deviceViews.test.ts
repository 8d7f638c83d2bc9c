import type Particle from "particle-api-js";
import { expect, expectTypeOf, it } from "vitest";
import type { DeviceState } from "#shared/presence/deviceState.ts";
import { calledView, variableView } from "../../../../functions/edge/views/callView.ts";
import {
  addedView,
  deviceDetails,
  deviceView,
  productDeviceView,
} from "../../../../functions/edge/views/deviceView.ts";
import { deviceId, fleet, someTime } from "../../../memory/samples.ts";

/** The response type of a method of Particle's client library. */
type Answer<Method extends keyof Particle> = Particle[Method] extends (
  ...given: never[]
) => Promise<{ body: infer Body }>
  ? Body
  : never;

/** Allows `null` for unknown values, as Particle's cloud does. The library's types omit `null`. */
type OrNull<Type> = Type extends (infer Item)[]
  ? OrNull<Item>[]
  : Type extends object
    ? { [Key in keyof Type]: OrNull<Type[Key]> | null }
    : Type;

const state: DeviceState = {
  device: { id: deviceId, fleet, name: "lamp", createdAt: "" },
  presence: { connected: true, since: someTime },
  sessions: [],
  hello: { firmware: "7", functions: ["led"], variables: { temperature: "double" } },
};

it("responses about devices and calls have the types of Particle's client library", () => {
  const listed = [deviceView(state)];
  const shown = deviceDetails(state);
  const called = calledView(state.device, { name: "led", value: 1 });
  const read = variableView(state, { name: "temperature", value: 21.5, now: someTime });
  expectTypeOf(listed).toExtend<OrNull<Extract<Answer<"listDevices">, unknown[]>>>();
  expectTypeOf(shown).toExtend<OrNull<Answer<"getDevice">>>();
  expectTypeOf(read).toExtend<OrNull<Answer<"getVariable">>>();
  expectTypeOf(called).toExtend<
    Omit<Answer<"callFunction">, "return_value"> & { return_value: number | string | boolean }
  >();
  expect(called).toMatchObject({ id: deviceId, return_value: 1 });
  expect(read).toMatchObject({ result: 21.5, coreInfo: { deviceID: deviceId, connected: true } });
});

it("a numeric firmware is also in Particle's field firmware_version, any other only in firmware", () => {
  expect(deviceView(state)).toMatchObject({ firmware: "7", firmware_version: 7 });
  const hello = { firmware: "1.2.3", functions: [], variables: {} };
  expect(deviceView({ ...state, hello })).toMatchObject({
    firmware: "1.2.3",
    firmware_version: null,
  });
});

it("a device of a product has its groups, its lock, and whether it is a development device", () => {
  const none = { groups: [], desired_firmware_version: null, development: false };
  expect(productDeviceView(state)).toMatchObject(none);
  const settings = { desiredFirmware: 3, development: true } as const;
  const device = { ...state.device, product: 1, ...settings, groups: ["beta"] };
  expect(productDeviceView({ ...state, device })).toMatchObject({
    firmware_product_id: 1,
    groups: ["beta"],
    desired_firmware_version: 3,
    development: true,
  });
});

it("the result of adding devices to a product has Particle's field names", () => {
  const added = { added: ["a"], existing: ["b"], refused: ["c"], invalid: ["d"] };
  expect(addedView(added)).toEqual({
    updated: 1,
    updatedDeviceIds: ["a"],
    existingDeviceIds: ["b"],
    nonmemberDeviceIds: ["c"],
    invalidDeviceIds: ["d"],
  });
});
