import type { GodwitClient } from "../../../client/client.ts";
import type { DevicePage, Provisioned, Revocation, RevocationPlan } from "../bodies.ts";
import { bodyOf, itemsOf, pathPart, unexpected } from "./send.ts";

export interface DeviceQuery {
  readonly search?: string;
  readonly online?: boolean;
  readonly firmware?: string;
  readonly sort?: "name" | "last_heard" | "created";
  readonly limit: number;
  readonly cursor?: string;
}

/** Operations on devices. A device is named by its id or its name. */
export const deviceOperations = (api: GodwitClient) => {
  const pathOf = (device: string) => ({ path: { device: pathPart(device) } });
  const revoke = (device: string, plan: boolean) =>
    bodyOf(
      api.POST("/v1/devices/{device}/certificate/revoke", {
        params: pathOf(device),
        body: { plan },
      }),
      "id",
    );
  return {
    async listDevices(query: DeviceQuery): Promise<DevicePage> {
      const page = await bodyOf(api.GET("/v1/devices", { params: { query } }), "devices");
      if (Array.isArray(page)) throw unexpected();
      return { ...page, devices: itemsOf(page.devices, "id") };
    },
    showDevice: (device: string) =>
      bodyOf(
        api.GET("/v1/devices/{device}", { params: pathOf(device) }),
        "id",
        "functions",
        "variables",
      ),
    async provisionDevice(body: {
      readonly name?: string;
      readonly csr: string;
      readonly idempotency_key: string;
    }): Promise<Provisioned> {
      const reply = await bodyOf(
        api.POST("/v1/devices", { body: { provision: true, ...body } }),
        "id",
      );
      if ("certificate" in reply) return reply;
      throw unexpected();
    },
    async planRevocation(device: string): Promise<RevocationPlan> {
      const reply = await revoke(device, true);
      if ("plan" in reply) return reply;
      throw unexpected();
    },
    async revokeDevice(device: string): Promise<Revocation> {
      const reply = await revoke(device, false);
      if ("ok" in reply) return reply;
      throw unexpected();
    },
    async callFunction(device: string, name: string, argument: string) {
      const path = { device: pathPart(device), name: pathPart(name) };
      const body = { arg: argument };
      const reply = await bodyOf(
        api.POST("/v1/devices/{device}/{name}", { params: { path }, body }),
        "return_value",
      );
      if (typeof reply === "object") return reply;
      throw unexpected();
    },
    async readVariable(device: string, name: string) {
      const path = { device: pathPart(device), name: pathPart(name) };
      const reply = await bodyOf(
        api.GET("/v1/devices/{device}/{name}", { params: { path } }),
        "result",
      );
      if (typeof reply === "object") return reply;
      throw unexpected();
    },
    publish: (name: string, data: string) =>
      bodyOf(api.POST("/v1/devices/events", { body: { name, data } }), "ok"),
  };
};
