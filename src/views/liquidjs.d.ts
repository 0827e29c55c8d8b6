/**
 * The package's ES module. Its main entry is CommonJS, whose exports Node has to search the whole
 * file for: four times as long to load. Render with its synchronous methods: nothing here waits,
 * and the asynchronous ones make a chain of promises of each tag, ten times as slow.
 */
declare module 'liquidjs/dist/liquid.node.mjs' {
  export * from 'liquidjs';
}
