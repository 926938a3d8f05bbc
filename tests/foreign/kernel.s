/* A kernel of another shape than ours: in the upper half, with pages of 4 MiB
   and of 4 KiB, its directory in its own last slot, and no write protection in
   ring 0 unless WP is 1. Where PSE is 0, pages of 4 MiB are off, and it stays
   where it was loaded. It has two address spaces and stays in the first. */
        .set    MAGIC, 0x1BADB002
        .set    DIRECTORY, 0x200000
        .set    OTHER, 0x201000
        .set    TABLE, 0x202000
        .set    TOP, PSE * 0xC0000000
        .section .text
        .long   MAGIC, 0, -MAGIC
        .globl  _start
_start: cli
        /* 2 MiB as they are, the last 512 KiB of them to be read only. */
        xor     %ecx, %ecx
1:      mov     %ecx, %eax
        shl     $12, %eax
        or      $3, %eax
        cmp     $384, %ecx
        jb      2f
        and     $~2, %eax
2:      mov     %eax, TABLE(,%ecx,4)
        inc     %ecx
        cmp     $512, %ecx
        jb      1b
        /* A page of ring 3, of a frame elsewhere. */
        movl    $0x250007, TABLE + 768*4
        movl    $0x21796548, 0x250000
        movl    $TABLE + 7, DIRECTORY
        movl    $TABLE + 7, OTHER
        /* The upper half, and in the first space 4 MiB for ring 3 to read;
           page tables in the frames at 0 and 0x400000 where PSE is 0. */
        movl    $0x00000083, DIRECTORY + 768*4
        movl    $0x00000083, OTHER + 768*4
        movl    $0x00400085, DIRECTORY + 256*4
        movl    $DIRECTORY + 3, DIRECTORY + 1023*4
        movl    $OTHER + 3, OTHER + 1023*4
        mov     $DIRECTORY, %eax
        mov     %eax, %cr3
        mov     %cr4, %eax
        or      $(PSE << 4), %eax
        mov     %eax, %cr4
        mov     %cr0, %eax
        or      $(0x80000000 | WP << 16), %eax
        mov     %eax, %cr0
        mov     $TOP + 3f, %eax
        jmp     *%eax
        /* A sign that it is here. */
3:      mov     $0x600D, %ebx
4:      jmp     4b
