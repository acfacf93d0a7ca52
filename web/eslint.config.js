import boundaries from "eslint-plugin-boundaries";
import hooks from "eslint-plugin-react-hooks";
import tseslint from "typescript-eslint";

/** What each layer may import besides itself: core ← api ← features ← ui. */
const layers = { core: [], api: ["core"], features: ["api", "core"], ui: ["features", "api", "core"] };

export default tseslint.config(
  { ignores: ["src/api/schema.ts", "eslint.config.js"] },
  ...tseslint.configs.strictTypeChecked,
  { languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } } },
  {
    files: ["src/**/*.{ts,tsx}"],
    plugins: { boundaries, "react-hooks": hooks },
    settings: {
      "boundaries/elements": [
        ...Object.keys(layers).map((layer) => ({ type: layer, pattern: `src/${layer}` })),
        { type: "locales", pattern: "src/locales" },
      ],
      "import/resolver": { typescript: { project: "tsconfig.json" } },
    },
    rules: {
      ...hooks.configs.recommended.rules,
      // Tells what React's compiler would pass over; there is no compiler in the build.
      "react-hooks/incompatible-library": "off",
      "boundaries/dependencies": [
        "error",
        {
          default: "disallow",
          policies: Object.entries(layers).map(([layer, below]) => ({
            from: { element: { type: layer } },
            allow: { to: { element: { type: [layer, "locales", ...below] } } },
          })),
        },
      ],
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      "@typescript-eslint/no-non-null-assertion": "error",
      "no-console": "error",
    },
  },
  {
    files: ["src/core/**"],
    ignores: ["**/*.test.ts"],
    rules: {
      "no-restricted-imports": ["error", { patterns: ["react", "react-dom", "@xyflow/*", "zustand", "i18next*"] }],
      "no-restricted-globals": ["error", "window", "document", "fetch", "localStorage", "WebSocket"],
    },
  },
);
