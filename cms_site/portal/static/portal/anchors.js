// Names of places in a text (<a name>): the editor shows which text bears one; what is typed in it belongs to it.
(() => {
  const { createElement } = window.React;

  function Anchor({ contentState, entityKey, children }) {
    const { name } = contentState.getEntity(entityKey).getData();
    const style = { borderBottom: "1px dashed currentColor" };
    return createElement("span", { title: `#${name}`, style }, children);
  }

  // Names come from old pages: none is made here.
  window.draftail.registerPlugin({ type: "ANCHOR", source: () => null, decorator: Anchor }, "entityTypes");
})();
