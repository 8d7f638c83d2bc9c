import { textOf } from "../../api/apiError.ts";
import { type Draft, type Settings, settingsOfDraft } from "./settings.ts";

/** The settings of a draft, or why it cannot be read. */
export const readDraft = (
  draft: Draft,
): { readonly settings: Settings; readonly problem: string | undefined } => {
  try {
    return { settings: settingsOfDraft(draft), problem: undefined };
  } catch (error) {
    return { settings: {}, problem: textOf(error) };
  }
};
