import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isHookEvent, matching } from "#shared/integration/model/match.ts";
import { anIntegration, deviceId } from "../../../memory/samples.ts";

describe("matching", () => {
  it("compares the prefix of the name, case-sensitively", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.string(), (event, rest, other) => {
        for (const name of [event + rest, other, event.toUpperCase() + rest]) {
          const found = matching([anIntegration({ event })], { name, device: deviceId });
          expect(found.length === 1).toBe(
            name.startsWith(event) && !isHookEvent({ name, device: deviceId }),
          );
        }
      }),
    );
  });

  it("checks each integration independently and in order: enabled, device and prefix", () => {
    const some = fc.record({
      event: fc.constantFrom("", "t", "temp", "Temp", "temperature/in"),
      deviceID: fc.constantFrom(undefined, deviceId, "f".repeat(24)),
      disabled: fc.boolean(),
    });
    const published = fc.record({
      name: fc.constantFrom("temperature", "temperature/in", "Temp", "other"),
      device: fc.constantFrom(deviceId, "f".repeat(24), "api"),
    });
    fc.assert(
      fc.property(fc.array(some), published, (given, event) => {
        const all = given.map((one, i) => anIntegration({ ...one, id: String(i) }));
        const alone = all.filter((one) => matching([one], event).length === 1);
        expect(matching(all, event)).toEqual(alone);
        for (const one of all) {
          const matchesFault = one.deviceID === undefined || one.deviceID === event.device;
          const isFor = !one.disabled && matchesFault && event.name.startsWith(one.event);
          expect(alone.includes(one)).toBe(isFor);
        }
      }),
    );
  });

  it("excludes disabled integrations and those of another device", () => {
    const all = [
      anIntegration({ id: "all" }),
      anIntegration({ id: "off", disabled: true }),
      anIntegration({ id: "mine", deviceID: deviceId }),
      anIntegration({ id: "other", deviceID: "f".repeat(24) }),
    ];
    const found = matching(all, { name: "temperature", device: deviceId });
    expect(found.map(({ id }) => id)).toEqual(["all", "mine"]);
  });

  it.each(["hook-sent/x", "hook-response/x/0", "hook-error/x", `${deviceId}/hook-response/x/0`])(
    "never matches %s, to prevent loops between integrations",
    (name) => {
      expect(matching([anIntegration({ event: name.slice(0, 4) })], { name, device: "d" })).toEqual(
        [],
      );
    },
  );

  it("never matches events that an integration published, whatever their name", () => {
    const published = { name: "temperature", device: "particle-internal" };
    expect(matching([anIntegration()], published)).toEqual([]);
  });

  it.each([
    "integration/failing",
    "integration/disabled",
    "device/silent",
    "device/recovered",
    "device/healed",
  ])("matches %s, but not a response event with a similar name", (name) => {
    const device = "particle-internal";
    const all = [anIntegration({ event: name.slice(0, 7) })];
    expect(matching(all, { name, device })).toHaveLength(1);
    expect(matching(all, { name: `${name}/0`, device })).toEqual([]);
  });

  it.each(["hook", "hook-sent", "Hook-sent/x", "my/hook-sent/x", "hook-sending/x"])(
    "matches %s",
    (name) => {
      expect(matching([anIntegration({ event: name })], { name, device: "d" })).toHaveLength(1);
    },
  );
});
