// Styles of what is loaded later than the first view.

/** Puts a style sheet into the page. Resolves when it holds. */
export function dress(href: string): Promise<unknown> {
  const link = document.createElement("link");
  link.rel = "stylesheet";
  link.href = href;
  return new Promise((done, fail) => {
    link.onload = done;
    link.onerror = () => {
      link.remove();
      fail(new Error(`${href} can't be read`));
    };
    document.head.append(link);
  });
}
