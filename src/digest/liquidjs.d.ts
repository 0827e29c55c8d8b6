/**
 * The package's ES module. Its main entry is CommonJS, whose exports Node has to search the whole
 * file for: four times as long to load.
 */
declare module 'liquidjs/dist/liquid.node.mjs' {
  export * from 'liquidjs';
}
