import type { TokenFamily } from "./tokenFamily.ts";

/** The families of refresh tokens. */
export interface TokenFamilies {
  addFamily(family: TokenFamily): Promise<void>;
  /** The family as it is now in this region. */
  findFamily(id: string): Promise<TokenFamily | undefined>;
  /** Writes a family over the version before it. Answers `false`, and writes nothing, when that is not the stored one. */
  replaceFamily(family: TokenFamily): Promise<boolean>;
}
