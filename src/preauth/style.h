/* SPDX-License-Identifier: Apache-2.0
 *
 * The one style of our pages, light and dark by the reader's choice; the colours that can be
 * configured come before it (look.c).
 */
#pragma once

#define STYLE_BAD_LIGHT "--bad:#a3261b;--bad-ground:#fdf0ee"
#define STYLE_BAD_DARK "--bad:#ff9d92;--bad-ground:#3a1f1c"
#define STYLE_REST                                                                                 \
    "*{box-sizing:border-box}"                                                                     \
    "body{margin:0;min-height:100vh;display:flex;flex-direction:column;align-items:center;"        \
    "justify-content:center;overflow-wrap:anywhere;"                                               \
    "background:var(--ground);color:var(--ink);font:16px/1.5 system-ui,sans-serif;padding:1rem}"   \
    "main{width:100%;max-width:26rem;background:var(--paper);border:1px solid var(--line);"        \
    "border-radius:10px;padding:2rem}"                                                             \
    "header{margin:0 0 1.25rem;font-weight:600;color:var(--soft)}"                                 \
    "header img{display:block;max-width:100%;max-height:4rem}"                                     \
    "footer{max-width:26rem;margin-top:1rem;font-size:.875rem;color:var(--soft);text-align:"       \
    "center}"                                                                                      \
    "h1{font-size:1.35rem;line-height:1.3;margin:0 0 .75rem}"                                      \
    "p{margin:.5rem 0}"                                                                            \
    "label{display:block;margin-top:1rem;font-weight:600}"                                         \
    "input{width:100%;margin-top:.25rem;padding:.6rem .7rem;font:inherit;color:inherit;"           \
    "background:var(--paper);border:1px solid var(--soft);border-radius:6px}"                      \
    "button,a.button{display:block;width:100%;margin-top:1.5rem;padding:.65rem;font:inherit;text-" \
    "align:center;"                                                                                \
    "font-weight:600;color:var(--paper);background:var(--mark);border:0;border-radius:6px;"        \
    "cursor:pointer;text-decoration:none}"                                                         \
    "input:focus-visible,button:focus-visible,a:focus-visible{outline:3px solid var(--mark);"      \
    "outline-offset:2px}"                                                                          \
    "ul.choice{list-style:none;margin:0;padding:0}ul.choice a.button{margin-top:.75rem}"           \
    "small{font-weight:400}.other{margin-top:1.25rem}a{color:var(--mark)}"                         \
    "ul.apps{list-style:none;margin:1rem 0;padding:0}"                                             \
    "ul.apps a{display:flex;align-items:center;gap:.75rem;padding:.6rem .5rem;border-radius:6px;"  \
    "color:var(--ink);text-decoration:none}ul.apps a:hover{background:var(--ground)}"              \
    "ul.apps img,.tile{width:2.25rem;height:2.25rem;flex:none;object-fit:contain}"                 \
    ".tile{display:flex;align-items:center;justify-content:center;background:var(--mark);"         \
    "color:var(--paper);border-radius:6px;font-weight:600}"                                        \
    "ul.apps+p a.button{background:none;color:var(--mark);border:1px solid var(--mark)}"           \
    ".bad{color:var(--bad);background:var(--bad-ground);border-inline-start:4px solid var(--bad);" \
    "padding:.6rem .8rem;margin:1rem 0;border-radius:6px}"                                         \
    "dl{display:grid;grid-template-columns:auto 1fr;gap:.25rem 1rem;margin:1.25rem 0 0;"           \
    "font-size:.875rem;color:var(--soft)}"                                                         \
    "dt{font-weight:600}dd{margin:0;overflow-wrap:anywhere;font-family:ui-monospace,monospace}"
