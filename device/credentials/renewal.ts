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
  /** Reads what was kept. Resolves also when that fails: the device then has the certificate that it was given. */
  open(): Promise<void>;
  /** What the connection that is about to be opened is to show. */
  credentials(): Pick<Credentials, "certificate" | "privateKey">;
  /** The connection is ready: the cloud has taken what it showed. */
  connectionReady(): void;
  /** The connection has ended, or was never ready. */
  lost(ending: { readonly wasReady: boolean }): void;
  /** Renews now. */
  rotate(): void;
  /** The cloud has answered a request. */
  handleAnswer(answer: CertificateAnswer): void;
}

/** What a renewal uses. */
export interface RenewalDeps {
  readonly identity: Identity;
  /** Without it, nothing is renewed: a key that is not kept would be lost with the process. */
  readonly store: CertificateStore | undefined;
  readonly clock: Clock;
  readonly random: () => number;
  /** Sends a signing request (PEM) to the cloud. */
  readonly send: (request: string) => Promise<void>;
  /** Ends the connection and opens another one. */
  readonly restart: () => Promise<void>;
  readonly report: (error: unknown) => void;
}

/**
 * The order makes it safe to die at any point:
 * 1. A new key and its signing request are kept beside the current certificate. From here on the device sends the same request
 *    until it is answered, over any number of connections.
 * 2. The certificate of the answer is kept, too. From here on the device tries it first, and the current one when it is refused.
 * 3. Once a connection with the new one is ready, the old one is dropped. The cloud revokes it when it sees that connection.
 */
export const createRenewal = (deps: RenewalDeps): Renewal => new StoredRenewal(deps);

class StoredRenewal implements Renewal {
  readonly #deps: RenewalDeps;
  readonly #given: Credentials;
  #kept: StoredCredentials;
  #opening: Promise<void> | undefined;
  /** Whether the next connection is to show the new certificate, if there is one. */
  #prefersNext = true;
  /** What the latest connection shows. */
  #shown: Credentials;
  #isReady = false;
  /** How often the cloud was asked without success. */
  #tries = 0;
  #cancelTimer = () => {};
  #work: Promise<void> = Promise.resolve();

  constructor(deps: RenewalDeps) {
    const { certificate, privateKey, certificateIssuedAt, certificateExpiresAt } = deps.identity;
    this.#deps = deps;
    this.#given = {
      certificate,
      privateKey,
      issuedAt: certificateIssuedAt,
      expiresAt: certificateExpiresAt,
    };
    this.#kept = { current: this.#given };
    this.#shown = this.#given;
  }

  open(): Promise<void> {
    this.#opening ??= this.#load();
    return this.#opening;
  }

  credentials(): Credentials {
    const made = this.#prefersNext ? this.#kept.next?.made : undefined;
    this.#shown = made ?? this.#kept.current;
    return this.#shown;
  }

  connectionReady(): void {
    this.#isReady = true;
    // The next connection tries the new one again.
    this.#prefersNext = true;
    const shown = this.#shown;
    this.#run(async () => {
      if (shown === this.#kept.next?.made) await this.#replace(shown);
      this.#goOn();
    });
  }

  lost({ wasReady }: { readonly wasReady: boolean }): void {
    this.#isReady = false;
    this.#cancelTimer();
    if (!wasReady) this.#prefersNext = this.#shown !== this.#kept.next?.made;
  }

  rotate(): void {
    if (this.#deps.store !== undefined) this.#run(() => this.#begin());
    else this.#deps.report(new Error("the certificate is not renewed: the device has no store"));
  }

  handleAnswer(answer: CertificateAnswer): void {
    this.#run(async () => {
      const { next } = this.#kept;
      if (next === undefined || answer.request !== requestId(next)) return;
      if (answer.certificate === undefined) {
        this.#askAgainLater((answer.retryAfterSeconds ?? 0) * 1_000);
        const why = answer.error ?? "no reason";
        throw new Error(`the cloud has not renewed the certificate: ${why}`);
      }
      const made = verifyCredentials(answer, answer.certificate, next);
      await this.#keep({ ...this.#kept, next: { ...next, made } });
      this.#prefersNext = true;
      await this.#deps.restart();
    });
  }

  /** One thing after the other: each of them writes. */
  #run(step: () => Promise<void>): void {
    this.#work = this.#work.then(step).catch(this.#deps.report);
  }

  async #load(): Promise<void> {
    try {
      this.#kept = parseCredentials(await this.#deps.store?.read(), this.#given) ?? this.#kept;
    } catch (error) {
      this.#deps.report(error);
    }
  }

  async #keep(changed: StoredCredentials): Promise<void> {
    await this.#deps.store?.write(serializeCredentials(changed, this.#given));
    this.#kept = changed;
  }

  /** When the store fails, the next start tries the new one first, and it lets the device in. */
  async #replace(current: Credentials): Promise<void> {
    this.#tries = 0;
    try {
      await this.#keep({ current });
    } catch (error) {
      this.#deps.report(error);
      this.#kept = { current };
    }
  }

  /** Begins, unless it has begun: then it goes on. */
  async #begin(): Promise<void> {
    if (this.#kept.next === undefined) {
      this.#tries = 0;
      const next = newRequest(this.#deps.identity.id);
      await this.#keep({ ...this.#kept, next });
    }
    await this.#ask();
  }

  async #ask(): Promise<void> {
    const { next } = this.#kept;
    if (next === undefined || !this.#isReady) return;
    this.#askAgainLater();
    await this.#deps.send(next.request);
  }

  #askAgainLater(atLeastMs = 0): void {
    const boundMs = Math.min(renewalRetryBaseMs * 2 ** this.#tries, renewalRetryCapMs);
    this.#tries += 1;
    const waitMs = Math.max(atLeastMs, boundMs * (0.5 + this.#deps.random() / 2));
    this.#after(Math.min(waitMs, renewalRetryCapMs), () => this.#ask());
  }

  #goOn(): void {
    const { current, next } = this.#kept;
    if (next?.made !== undefined) {
      // It was refused a moment ago: the cloud is asked for it again, but not at once.
      this.#askAgainLater();
    } else if (next !== undefined) {
      this.#run(() => this.#ask());
    } else if (this.#deps.store !== undefined && current.expiresAt !== undefined) {
      const { issuedAt = Date.parse(new X509Certificate(current.certificate).validFrom) } = current;
      const share = renewalShareMin + renewalShareSpread * this.#deps.random();
      this.#watch(issuedAt + share * (current.expiresAt - issuedAt));
    }
  }

  /** Looks now and then, because the clock may be set at any time. */
  #watch(dueAt: number): void {
    const now = this.#deps.clock.now();
    const isDue = now >= clockValidFromMs && now >= dueAt;
    // Also when it is due: a store that fails now may work later.
    const waitMs = isDue ? renewalCheckMs : Math.min(Math.max(dueAt - now, 1_000), renewalCheckMs);
    this.#after(waitMs, async () => this.#watch(dueAt));
    if (isDue) this.#run(() => this.#begin());
  }

  #after(ms: number, step: () => Promise<void>): void {
    this.#cancelTimer();
    this.#cancelTimer = () => {};
    if (this.#isReady) this.#cancelTimer = this.#deps.clock.after(ms, () => this.#run(step));
  }
}

const newRequest = (id: string): PendingRenewal => {
  const { privateKey } = generateKeyPairSync("ec", {
    namedCurve: "P-256",
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });
  return { privateKey, request: signingRequest(id, privateKey) };
};

const requestId = ({ request }: PendingRenewal): string =>
  createHash("sha256").update(request).digest("hex");

/** A certificate that does not belong to the key would let nobody in. */
const verifyCredentials = (
  { issuedAt, expiresAt }: CertificateAnswer,
  certificate: string,
  { privateKey }: PendingRenewal,
): Credentials => {
  if (!new X509Certificate(certificate).checkPrivateKey(createPrivateKey(privateKey))) {
    throw new Error("the cloud's certificate does not belong to the key of the request");
  }
  return { certificate, privateKey, issuedAt, expiresAt };
};
