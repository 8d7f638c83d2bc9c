import type { Device } from "../../bench/system/system.ts";

/** A customer: a user with a product, whose fleet gets the load. */
export interface Tenant {
  readonly username: string;
  /** Absent where the user was given. */
  readonly password?: string;
  readonly token: string;
  readonly product: number;
}

/** The cloud under load: on this machine or on AWS. */
export interface Ground {
  readonly api: string;
  readonly mqtt: string;
  /** CA certificate of the broker, PEM. Absent on AWS: Node.js trusts its authority. */
  readonly ca?: string;
  addTenant(): Promise<Tenant>;
  addDevices(tenant: Tenant, count: number): Promise<Device[]>;
  /** Adds a webhook of a tenant, in the default form, and returns its id. */
  addWebhook(tenant: Tenant, webhook: { event: string; url: string }): Promise<string>;
  /** A request of a tenant. Rejects unless the response is a success. */
  ask(tenant: Pick<Tenant, "token">, method: string, path: string, body?: object): Promise<unknown>;
  /** The address of the status page, without a slash at its end. */
  readonly statusPage?: string;
  /** The port of the target on this machine, and the address under which the cloud reaches it. */
  readonly target: { readonly port: number; readonly publicUrl?: string };
  /** Removes what it has added. */
  stop(): Promise<void>;
}
