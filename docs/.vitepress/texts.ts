import type { DefaultTheme } from 'vitepress';
import type { SidebarTexts } from './sidebar.js';

export const ENGLISH: SidebarTexts = { guide: 'Guide', more: 'More', reference: 'Reference', onlyEnglish: '' };

export const CHINESE: SidebarTexts = {
  guide: '指南',
  more: '更多',
  reference: 'API 参考（英文）',
  onlyEnglish: '（英文）',
};

/** What the theme says by itself, in Chinese. */
export const CHINESE_THEME: DefaultTheme.Config = {
  outline: { label: '本页目录', level: [2, 3] },
  docFooter: { prev: '上一页', next: '下一页' },
  darkModeSwitchLabel: '主题',
  lightModeSwitchTitle: '切换到浅色主题',
  darkModeSwitchTitle: '切换到深色主题',
  sidebarMenuLabel: '菜单',
  returnToTopLabel: '回到顶部',
  langMenuLabel: '切换语言',
  skipToContentLabel: '跳到正文',
  notFound: {
    title: '没有这个中文页面',
    quote: '部分页面（例如 API 参考）只有英文版。',
    linkLabel: '回到首页',
    linkText: '回到首页',
  },
};

export const CHINESE_SEARCH: NonNullable<DefaultTheme.LocalSearchOptions['translations']> = {
  button: { buttonText: '搜索', buttonAriaLabel: '搜索' },
  modal: {
    displayDetails: '显示详情',
    resetButtonTitle: '清除',
    backButtonTitle: '关闭',
    noResultsText: '没有找到结果：',
    footer: {
      selectText: '选择',
      selectKeyAriaLabel: '回车键',
      navigateText: '切换',
      navigateUpKeyAriaLabel: '上箭头',
      navigateDownKeyAriaLabel: '下箭头',
      closeText: '关闭',
      closeKeyAriaLabel: 'Esc 键',
    },
  },
};
