export type Theme = 'auto' | 'light' | 'dark';
const ALL: readonly Theme[] = ['auto', 'light', 'dark'];

export const themeOf = (stored: string | null): Theme =>
  ALL.find((theme) => theme === stored) ?? 'auto';

/** What the button leads to. */
export const nextTheme = (theme: Theme): Theme =>
  ALL[(ALL.indexOf(theme) + 1) % ALL.length] ?? 'auto';
