import { createHash, createPrivateKey, generateKeyPairSync, X509Certificate } from "node:crypto";
import {
  clockValidFromMs,
  renewalCheckMs,
  renewalRetryBaseMs,
  renewalRetryCapMs,
  renewalShareMin,
  renewalShareSpread,
} from "../limits.ts";
import type { CertificateAnswer } from "../messages/control.ts";
import type { Clock } from "../platform/clock.ts";
import type { CertificateStore } from "./certificateStore.ts";
import type { Identity } from "./readIdentity.ts";
import { signingRequest } from "./signingRequest.ts";
import {
  type Credentials,
  type PendingRenewal,
  parseCredentials,
  type StoredCredentials,
  serializeCredentials,
} from "./storedCredentials.ts";

/** Renews the certificate of a device. */
export interface Renewal {
  /** Reads the store. If that fails, resolves and uses the provisioned certificate. */
  open(): Promise<void>;
  /** Returns the credentials for the next connection. */
  credentials(): Pick<Credentials, "certificate" | "privateKey">;
  /** The connection is ready: the cloud has accepted its certificate. */
  connectionReady(): void;
  /** The connection has ended, or it never became ready. */
  connectionLost(ending: { readonly wasReady: boolean }): void;
  /** Starts a renewal. */
  rotate(): void;
  /** Handles the answer to a signing request. */
  handleAnswer(answer: CertificateAnswer): void;
}

/** Dependencies of a renewal. */
export interface RenewalDeps {
  readonly identity: Identity;
  /** Without a store no certificate is renewed: a restart would lose the new key. */
  readonly store: CertificateStore | undefined;
  readonly clock: Clock;
  readonly random: () => number;
  /** Sends a signing request (PEM) to the cloud. */
  readonly send: (request: string) => Promise<void>;
  /** Closes the connection and opens a new one. */
  readonly restart: () => Promise<void>;
  readonly report: (error: unknown) => void;
}

/**
 * Creates a renewal. A crash after any step is safe:
 * 1. Store a new key and its signing request with the current credentials. Send the same request
 *    until the cloud answers it, on any number of connections.
 * 2. Store the issued certificate. Connect with it first, and with the current one if the cloud
 *    rejects it.
 * 3. When a connection with the new certificate is ready, drop the old credentials. The cloud
 *    revokes the old certificate when it sees that connection.
 */
export const createRenewal = (deps: RenewalDeps): Renewal => new StoredRenewal(deps);

class StoredRenewal implements Renewal {
  readonly #deps: RenewalDeps;
  readonly #provisioned: Credentials;
  #stored: StoredCredentials;
  #opening: Promise<void> | undefined;
  /** Whether the next connection presents the new certificate, if there is one. */
  #prefersNext = true;
  /** The credentials of the latest connection. */
  #presented: Credentials;
  #isReady = false;
  /** Requests without a certificate so far. */
  #attempts = 0;
  #cancelTimer = () => {};
  #work: Promise<void> = Promise.resolve();

  constructor(deps: RenewalDeps) {
    const { certificate, privateKey, certificateIssuedAt, certificateExpiresAt } = deps.identity;
    this.#deps = deps;
    this.#provisioned = {
      certificate,
      privateKey,
      issuedAt: certificateIssuedAt,
      expiresAt: certificateExpiresAt,
    };
    this.#stored = { current: this.#provisioned };
    this.#presented = this.#provisioned;
  }

  open(): Promise<void> {
    this.#opening ??= this.#load();
    return this.#opening;
  }

  credentials(): Credentials {
    const made = this.#prefersNext ? this.#stored.next?.made : undefined;
    this.#presented = made ?? this.#stored.current;
    return this.#presented;
  }

  connectionReady(): void {
    this.#isReady = true;
    // The next connection tries the new certificate again.
    this.#prefersNext = true;
    const presented = this.#presented;
    this.#run(async () => {
      if (presented === this.#stored.next?.made) await this.#replaceCurrent(presented);
      this.#resume();
    });
  }

  connectionLost({ wasReady }: { readonly wasReady: boolean }): void {
    this.#isReady = false;
    this.#cancelTimer();
    if (!wasReady) this.#prefersNext = this.#presented !== this.#stored.next?.made;
  }

  rotate(): void {
    if (this.#deps.store !== undefined) this.#run(() => this.#start());
    else this.#deps.report(new Error("cannot renew the certificate: the device has no store"));
  }

  handleAnswer(answer: CertificateAnswer): void {
    this.#run(async () => {
      const { next } = this.#stored;
      if (next === undefined || answer.request !== requestId(next)) return;
      if (answer.certificate === undefined) {
        this.#scheduleRetry((answer.retryAfterSeconds ?? 0) * 1_000);
        const reason = answer.error ?? "no reason given";
        throw new Error(`the cloud rejected the certificate request: ${reason}`);
      }
      const made = verifyCredentials(answer, answer.certificate, next);
      await this.#store({ ...this.#stored, next: { ...next, made } });
      this.#prefersNext = true;
      await this.#deps.restart();
    });
  }

  /** Runs steps one after the other, because each of them writes to the store. */
  #run(step: () => Promise<void>): void {
    this.#work = this.#work.then(step).catch(this.#deps.report);
  }

  async #load(): Promise<void> {
    try {
      const text = await this.#deps.store?.read();
      this.#stored = parseCredentials(text, this.#provisioned) ?? this.#stored;
    } catch (error) {
      this.#deps.report(error);
    }
  }

  async #store(changed: StoredCredentials): Promise<void> {
    await this.#deps.store?.write(serializeCredentials(changed, this.#provisioned));
    this.#stored = changed;
  }

  /** If the store fails, the next start presents the new certificate first, which is accepted. */
  async #replaceCurrent(current: Credentials): Promise<void> {
    this.#attempts = 0;
    try {
      await this.#store({ current });
    } catch (error) {
      this.#deps.report(error);
      this.#stored = { current };
    }
  }

  /** Starts a renewal, or continues the pending one. */
  async #start(): Promise<void> {
    if (this.#stored.next === undefined) {
      this.#attempts = 0;
      const next = createPendingRenewal(this.#deps.identity.id);
      await this.#store({ ...this.#stored, next });
    }
    await this.#sendRequest();
  }

  async #sendRequest(): Promise<void> {
    const { next } = this.#stored;
    if (next === undefined || !this.#isReady) return;
    this.#scheduleRetry();
    await this.#deps.send(next.request);
  }

  #scheduleRetry(atLeastMs = 0): void {
    const boundMs = Math.min(renewalRetryBaseMs * 2 ** this.#attempts, renewalRetryCapMs);
    this.#attempts += 1;
    const waitMs = Math.max(atLeastMs, boundMs * (0.5 + this.#deps.random() / 2));
    this.#schedule(Math.min(waitMs, renewalRetryCapMs), () => this.#sendRequest());
  }

  #resume(): void {
    const { current, next } = this.#stored;
    if (next?.made !== undefined) {
      // The cloud has just rejected this certificate: request it again after a wait.
      this.#scheduleRetry();
    } else if (next !== undefined) {
      this.#run(() => this.#sendRequest());
    } else if (this.#deps.store !== undefined && current.expiresAt !== undefined) {
      const { issuedAt = Date.parse(new X509Certificate(current.certificate).validFrom) } = current;
      const share = renewalShareMin + renewalShareSpread * this.#deps.random();
      this.#watchDueTime(issuedAt + share * (current.expiresAt - issuedAt));
    }
  }

  /** Checks at intervals whether a renewal is due, because the clock may be set at any time. */
  #watchDueTime(dueAt: number): void {
    const now = this.#deps.clock.now();
    const isDue = now >= clockValidFromMs && now >= dueAt;
    // Checks again also when due, because a failing store may recover.
    const waitMs = isDue ? renewalCheckMs : Math.min(Math.max(dueAt - now, 1_000), renewalCheckMs);
    this.#schedule(waitMs, async () => this.#watchDueTime(dueAt));
    if (isDue) this.#run(() => this.#start());
  }

  /** Replaces the scheduled step. Schedules nothing while disconnected. */
  #schedule(ms: number, step: () => Promise<void>): void {
    this.#cancelTimer();
    this.#cancelTimer = () => {};
    if (this.#isReady) this.#cancelTimer = this.#deps.clock.after(ms, () => this.#run(step));
  }
}

const createPendingRenewal = (id: string): PendingRenewal => {
  const { privateKey } = generateKeyPairSync("ec", {
    namedCurve: "P-256",
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });
  return { privateKey, request: signingRequest(id, privateKey) };
};

const requestId = ({ request }: PendingRenewal): string =>
  createHash("sha256").update(request).digest("hex");

/** Throws if the certificate does not match the key: IoT Core would reject the connection. */
const verifyCredentials = (
  { issuedAt, expiresAt }: CertificateAnswer,
  certificate: string,
  { privateKey }: PendingRenewal,
): Credentials => {
  if (!new X509Certificate(certificate).checkPrivateKey(createPrivateKey(privateKey))) {
    throw new Error("the issued certificate does not match the key of the request");
  }
  return { certificate, privateKey, issuedAt, expiresAt };
};
