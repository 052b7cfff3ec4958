document.getElementById("reply").submit();
