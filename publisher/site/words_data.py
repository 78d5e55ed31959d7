"""Define the words of each language for words.py. A test checks that all languages have the same keys."""

from __future__ import annotations

from collections.abc import Mapping

_KEYS = (
    "skip", "menu", "home", "tags", "feed", "contents", "updated", "minutes", "draft", "newer", "older",
    "newer_posts", "older_posts", "page_number", "pages", "neighbours", "tagged", "articles", "empty",
    "not_found", "not_found_text", "to_home", "colon", "comma", "date",
    "note", "tip", "important", "warning", "caution", "info", "danger",
    "categories", "authors", "series", "archives", "related", "previous", "next", "breadcrumbs", "in_section",
    "part", "list_feed", "month_and_year",
)  # fmt: skip


def _block(months: str, *texts: str) -> Mapping[str, str]:
    names = months.split()
    return {**dict(zip(_KEYS, texts, strict=True)), **{f"month_{n}": name for n, name in enumerate(names, 1)}}


_NUMBERS = "1 2 3 4 5 6 7 8 9 10 11 12"

TABLE: Mapping[str, Mapping[str, str]] = {
    "en": _block(
        "January February March April May June July August September October November December",
        "Skip to content", "Main menu", "Home", "Tags", "Feed", "Contents", "Updated", "{number} min read", "Draft",
        "Newer", "Older", "Newer articles", "Older articles", "Page {number}", "Pages", "More to read",
        "Tag: {name}", "Articles: {number}", "Nothing here yet.", "Page not found",
        "There is nothing at this address. It may have moved, or it was never here.", "Back to the home page",
        ": ", ", ", "{day} {month} {year}",
        "Note", "Tip", "Important", "Warning", "Caution", "Info", "Danger",
        "Categories", "Authors", "Series", "Archives", "Related articles", "Previous", "Next",
        "You are here", "In this section", "Part {number}", "Feed of this list", "{month} {year}",
    ),
    "zh": _block(
        _NUMBERS,
        "跳到正文", "主菜单", "首页", "标签", "订阅", "目录", "更新于", "阅读约 {number} 分钟", "草稿",
        "较新一篇", "较旧一篇", "较新的文章", "较旧的文章", "第 {number} 页", "分页", "继续阅读",
        "标签：{name}", "文章：{number}", "这里还没有内容。", "找不到页面",
        "这个地址没有内容。它可能已经移走，也可能从未存在。", "返回首页",
        "：", "、", "{year}年{month}月{day}日",
        "注意", "提示", "重要", "警告", "小心", "信息", "危险",
        "分类", "作者", "系列", "归档", "相关文章", "上一篇", "下一篇",
        "当前位置", "本部分内容", "第 {number} 篇", "订阅此列表", "{year}年{month}月",
    ),
    "zh-Hant": _block(
        _NUMBERS,
        "跳到正文", "主選單", "首頁", "標籤", "訂閱", "目錄", "更新於", "閱讀約 {number} 分鐘", "草稿",
        "較新一篇", "較舊一篇", "較新的文章", "較舊的文章", "第 {number} 頁", "分頁", "繼續閱讀",
        "標籤：{name}", "文章：{number}", "這裡還沒有內容。", "找不到頁面",
        "這個網址沒有內容。它可能已經移走，也可能從未存在。", "返回首頁",
        "：", "、", "{year}年{month}月{day}日",
        "注意", "提示", "重要", "警告", "小心", "資訊", "危險",
        "分類", "作者", "系列", "彙整", "相關文章", "上一篇", "下一篇",
        "目前位置", "本部分內容", "第 {number} 篇", "訂閱此列表", "{year}年{month}月",
    ),
    "ja": _block(
        _NUMBERS,
        "本文へ移動", "メインメニュー", "ホーム", "タグ", "フィード", "目次", "更新日", "約{number}分で読めます",
        "下書き", "新しい記事へ", "古い記事へ", "新しい記事", "古い記事", "{number}ページ", "ページ送り", "ほかの記事",
        "タグ：{name}", "記事数：{number}", "まだ何もありません。", "ページが見つかりません",
        "このアドレスには何もありません。移動したか、はじめから存在しないページです。", "ホームへ戻る",
        "：", "、", "{year}年{month}月{day}日",
        "注記", "ヒント", "重要", "警告", "注意", "情報", "危険",
        "カテゴリー", "著者", "シリーズ", "アーカイブ", "関連記事", "前へ", "次へ",
        "現在位置", "このセクションの内容", "第{number}回", "この一覧のフィード", "{year}年{month}月",
    ),
    "ko": _block(
        _NUMBERS,
        "본문으로 건너뛰기", "주 메뉴", "홈", "태그", "피드", "목차", "수정일", "읽는 시간 약 {number}분", "초안",
        "다음 글", "이전 글", "최신 글", "지난 글", "{number}쪽", "쪽 이동", "더 읽을 글",
        "태그: {name}", "글 수: {number}", "아직 아무것도 없습니다.", "페이지를 찾을 수 없습니다",
        "이 주소에는 아무것도 없습니다. 옮겨졌거나 처음부터 없던 페이지입니다.", "홈으로 돌아가기",
        ": ", ", ", "{year}년 {month}월 {day}일",
        "참고", "팁", "중요", "경고", "주의", "정보", "위험",
        "분류", "글쓴이", "연재", "보관함", "관련 글", "이전", "다음",
        "현재 위치", "이 섹션의 내용", "{number}편", "이 목록의 피드", "{year}년 {month}월",
    ),
    "de": _block(
        "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
        "Zum Inhalt springen", "Hauptmenü", "Startseite", "Schlagwörter", "Feed", "Inhalt", "Aktualisiert",
        "{number} Min. Lesezeit", "Entwurf", "Neuer", "Älter", "Neuere Artikel", "Ältere Artikel", "Seite {number}",
        "Seiten", "Weiterlesen", "Schlagwort: {name}", "Artikel: {number}", "Hier ist noch nichts.",
        "Seite nicht gefunden", "Unter dieser Adresse gibt es nichts. Die Seite ist umgezogen, oder es gab sie nie.",
        "Zur Startseite", ": ", ", ", "{day}. {month} {year}",
        "Hinweis", "Tipp", "Wichtig", "Warnung", "Vorsicht", "Info", "Gefahr",
        "Kategorien", "Autoren", "Reihen", "Archiv", "Verwandte Artikel", "Zurück", "Weiter",
        "Sie sind hier", "In diesem Abschnitt", "Teil {number}", "Feed dieser Liste", "{month} {year}",
    ),
    "fr": _block(
        "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
        "Aller au contenu", "Menu principal", "Accueil", "Mots-clés", "Flux", "Sommaire", "Mis à jour",
        "{number} min de lecture", "Brouillon", "Plus récent", "Plus ancien", "Articles plus récents",
        "Articles plus anciens", "Page {number}", "Pages", "À lire aussi", "Mot-clé\u00a0: {name}",
        "Articles\u00a0: {number}", "Rien ici pour le moment.", "Page introuvable",
        "Il n’y a rien à cette adresse. La page a été déplacée, ou n’a jamais existé.", "Retour à l’accueil",
        "\u00a0: ", ", ", "{day} {month} {year}",
        "Remarque", "Astuce", "Important", "Avertissement", "Attention", "Info", "Danger",
        "Catégories", "Auteurs", "Séries", "Archives", "Articles liés", "Précédent", "Suivant",
        "Vous êtes ici", "Dans cette section", "Partie {number}", "Flux de cette liste", "{month} {year}",
    ),
    "es": _block(
        "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
        "Saltar al contenido", "Menú principal", "Inicio", "Etiquetas", "Canal", "Índice", "Actualizado",
        "{number} min de lectura", "Borrador", "Más reciente", "Más antiguo", "Artículos más recientes",
        "Artículos más antiguos", "Página {number}", "Páginas", "Seguir leyendo", "Etiqueta: {name}",
        "Artículos: {number}", "Todavía no hay nada aquí.", "Página no encontrada",
        "No hay nada en esta dirección. La página cambió de sitio o nunca existió.", "Volver al inicio",
        ": ", ", ", "{day} de {month} de {year}",
        "Nota", "Consejo", "Importante", "Advertencia", "Precaución", "Información", "Peligro",
        "Categorías", "Autores", "Series", "Archivo", "Artículos relacionados", "Anterior", "Siguiente",
        "Está aquí", "En esta sección", "Parte {number}", "Canal de esta lista", "{month} de {year}",
    ),
    "pt": _block(
        "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
        "Ir para o conteúdo", "Menu principal", "Início", "Etiquetas", "Feed", "Índice", "Atualizado",
        "{number} min de leitura", "Rascunho", "Mais recente", "Mais antigo", "Artigos mais recentes",
        "Artigos mais antigos", "Página {number}", "Páginas", "Continuar a ler", "Etiqueta: {name}",
        "Artigos: {number}", "Ainda não há nada aqui.", "Página não encontrada",
        "Não há nada neste endereço. A página mudou de lugar ou nunca existiu.", "Voltar ao início",
        ": ", ", ", "{day} de {month} de {year}",
        "Nota", "Dica", "Importante", "Aviso", "Cuidado", "Informação", "Perigo",
        "Categorias", "Autores", "Séries", "Arquivo", "Artigos relacionados", "Anterior", "Seguinte",
        "Está aqui", "Nesta secção", "Parte {number}", "Feed desta lista", "{month} de {year}",
    ),
    "ru": _block(
        "января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
        "Перейти к содержанию", "Главное меню", "Главная", "Теги", "Лента", "Содержание", "Обновлено",
        "{number} мин. чтения", "Черновик", "Новее", "Старее", "Новые статьи", "Старые статьи",
        "Страница {number}", "Страницы", "Ещё почитать", "Тег: {name}", "Статьи: {number}", "Здесь пока пусто.",
        "Страница не найдена", "По этому адресу ничего нет. Страница переехала или её никогда не было.",
        "На главную", ": ", ", ", "{day} {month} {year} г.",
        "Примечание", "Совет", "Важно", "Предупреждение", "Осторожно", "Информация", "Опасность",
        "Категории", "Авторы", "Серии", "Архив", "Похожие статьи", "Назад", "Вперёд",
        "Вы здесь", "В этом разделе", "Часть {number}", "Лента этого списка", "{month} {year} г.",
    ),
    "ar": _block(
        "يناير فبراير مارس أبريل مايو يونيو يوليو أغسطس سبتمبر أكتوبر نوفمبر ديسمبر",
        "انتقل إلى المحتوى", "القائمة الرئيسية", "الرئيسية", "الوسوم", "الخلاصة", "المحتويات", "حُدِّث في",
        "مدة القراءة بالدقائق: {number}", "مسودة", "الأحدث", "الأقدم", "مقالات أحدث", "مقالات أقدم",
        "الصفحة {number}", "الصفحات", "اقرأ أيضًا", "وسم: {name}", "المقالات: {number}", "لا شيء هنا بعد.",
        "الصفحة غير موجودة", "لا يوجد شيء في هذا العنوان. ربما نُقلت الصفحة أو لم تكن موجودة قط.",
        "العودة إلى الرئيسية", ": ", "، ", "{day} {month} {year}",
        "ملاحظة", "نصيحة", "مهم", "تحذير", "تنبيه", "معلومة", "خطر",
        "التصنيفات", "الكتّاب", "السلاسل", "الأرشيف", "مقالات ذات صلة", "السابق", "التالي",
        "أنت هنا", "في هذا القسم", "الجزء {number}", "خلاصة هذه القائمة", "{month} {year}",
    ),
}  # fmt: skip
"""Maps each BCP 47 tag to a map from keys to texts."""
