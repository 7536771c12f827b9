/** This folder. The file is CommonJS in both builds: `import.meta` is for ES modules only, `__dirname` for CommonJS only. */
export const FOLDER = __dirname;
