(* Where the ops that move elements take each element from: these index maps stay in bounds, and those of
   an op and of its mirror image (reshape and reshape back, a transpose and its inverse, reverse and
   itself, slice and pad) undo each other. No reals. *)
From Coq Require Import ZArith List Bool Lia.
From Pullback Require Import Base.Index Syntax Ops.Shape Ops.Slice Base.Axes.
Import ListNotations.
Open Scope Z_scope.

(* ---- row-major positions ---- *)
Lemma numel_cons d s : numel (d :: s) = d * numel s.
Proof. reflexivity. Qed.
Lemma shape_ok_cons d s : shape_ok (d :: s) = true <-> 0 <= d /\ shape_ok s = true.
Proof. unfold shape_ok; simpl. rewrite andb_true_iff. split; intros [? ?]; split; auto; lia. Qed.
Lemma numel_nonneg s : shape_ok s = true -> 0 <= numel s.
Proof.
  induction s as [|d s IH]; intros H. simpl; lia. apply shape_ok_cons in H as [? H].
  rewrite numel_cons. specialize (IH H). nia.
Qed.
Lemma product_fits_ok n s : product_fits n s = true -> shape_ok s = true.
Proof.
  revert n; induction s as [|d s IH]; intros n H; auto. cbn [product_fits] in H.
  apply andb_prop in H as [H H2]. apply andb_prop in H as [H _].
  apply shape_ok_cons. split; [lia|]. eapply IH; eauto.
Qed.
Lemma require_shape_ok s : require_shape s = true -> shape_ok s = true.
Proof. apply product_fits_ok. Qed.

(* Horner's scheme: the position in a shape d :: s is i * numel s + the position in s. *)
Lemma ravel_acc s i a : length i = length s ->
  fold_left (fun a p => a * fst p + snd p) (combine s i) a = a * numel s + ravel s i.
Proof.
  unfold ravel. revert i a; induction s as [|d s IH]; destruct i as [|z i]; simpl combine; intros a L;
    try discriminate. simpl; lia.
  cbn [fold_left fst snd]. injection L as L. rewrite IH, (IH i (0 * d + z)) by auto. rewrite numel_cons. ring.
Qed.
Lemma ravel_cons d s z i : length i = length s -> ravel (d :: s) (z :: i) = z * numel s + ravel s i.
Proof. intros L. unfold ravel at 1. cbn [combine fold_left fst snd]. rewrite ravel_acc by auto. ring. Qed.
Lemma inb_cons d s z i : inb (d :: s) (z :: i) = true <-> 0 <= z < d /\ inb s i = true.
Proof. simpl. rewrite !andb_true_iff. split; intros H; repeat split; try lia; tauto. Qed.
Lemma ravel_bound s i : inb s i = true -> 0 <= ravel s i < numel s.
Proof.
  revert i; induction s as [|d s IH]; intros [|z i] H; try discriminate. unfold ravel; simpl; lia.
  apply inb_cons in H as [Hz H]. rewrite ravel_cons, numel_cons by (apply inb_length; auto).
  specialize (IH i H). nia.
Qed.
(* The digits of p below s do not see multiples of numel s. *)
Lemma unravel_mod s p k : 0 < numel s -> shape_ok s = true -> unravel s (k * numel s + p) = unravel s p.
Proof.
  revert k; induction s as [|d s IH]; intros k H W; auto.
  apply shape_ok_cons in W as [Hd W]. pose proof (numel_nonneg s W) as N.
  rewrite numel_cons in H. assert (0 < numel s) by nia. assert (0 < d) by nia.
  cbn [unravel]. rewrite numel_cons. f_equal.
  - replace (k * (d * numel s) + p) with (p + (k * d) * numel s) by ring.
    rewrite Z.div_add by lia. rewrite Z.mod_add by lia. auto.
  - replace (k * (d * numel s) + p) with ((k * d) * numel s + p) by ring. apply IH; auto.
Qed.
Lemma inb_shape_ok s i : inb s i = true -> shape_ok s = true.
Proof.
  revert i; induction s as [|d s IH]; intros [|z i] H; auto; try discriminate.
  apply inb_cons in H as [? H]. apply shape_ok_cons. split; [lia|]. eauto.
Qed.
Lemma unravel_ravel s i : inb s i = true -> unravel s (ravel s i) = i.
Proof.
  revert i; induction s as [|d s IH]; intros [|z i] H; try discriminate; auto.
  apply inb_cons in H as [Hz H]. rewrite ravel_cons by (apply inb_length; auto). cbn [unravel].
  pose proof (ravel_bound s i H). rewrite unravel_mod by (eauto using inb_shape_ok; lia).
  rewrite IH by auto. f_equal. rewrite Z.add_comm, Z.div_add, Z.div_small by lia. apply Z.mod_small; lia.
Qed.
Lemma unravel_length s p : length (unravel s p) = length s.
Proof. induction s; simpl; auto. Qed.
Lemma unravel_inb s p : shape_ok s = true -> 0 < numel s -> inb s (unravel s p) = true.
Proof.
  revert p; induction s as [|d s IH]; intros p W H; auto. apply shape_ok_cons in W as [Hd W].
  rewrite numel_cons in H. pose proof (numel_nonneg s W). cbn [unravel]. apply inb_cons. split.
  - apply Z.mod_pos_bound; nia.
  - apply IH; auto; nia.
Qed.
Lemma ravel_unravel s p : shape_ok s = true -> 0 <= p < numel s -> ravel s (unravel s p) = p.
Proof.
  revert p; induction s as [|d s IH]; intros p W H. unfold ravel; simpl in *; lia.
  apply shape_ok_cons in W as [Hd W]. rewrite numel_cons in H. pose proof (numel_nonneg s W).
  cbn [unravel]. rewrite ravel_cons by apply unravel_length.
  assert (0 < numel s) by nia. pose proof (Z.div_mod p (numel s) ltac:(lia)) as E.
  pose proof (Z.mod_pos_bound p (numel s) ltac:(lia)) as M.
  replace (unravel s p) with (unravel s (p mod numel s)).
  2:{ rewrite E at 2. rewrite (Z.mul_comm (numel s)). rewrite unravel_mod; auto. }
  rewrite IH by auto. rewrite Z.mod_small. lia. split; [apply Z.div_pos; lia|].
  apply Z.div_lt_upper_bound; nia.
Qed.

(* ---- reshape ---- *)
Lemma reshape_source_inb si so o : numel si = numel so -> shape_ok si = true -> inb so o = true ->
  inb si (reshape_source si so o) = true.
Proof. intros E W H. apply unravel_inb; auto. rewrite E. eauto using inb_numel. Qed.
Lemma reshape_source_back si so o : numel si = numel so -> shape_ok si = true -> inb so o = true ->
  reshape_source so si (reshape_source si so o) = o.
Proof.
  intros E W H. unfold reshape_source. pose proof (ravel_bound so o H).
  rewrite ravel_unravel by (auto; lia). apply unravel_ravel; auto.
Qed.
Lemma reshape_source_same s o : inb s o = true -> reshape_source s s o = o.
Proof. apply unravel_ravel. Qed.

(* ---- transpose: an operand of shape s, a result of shape pick p s ---- *)
Lemma transpose_source_pick p i : is_permutation (rank i) p -> transpose_source p (pick p i) = i.
Proof. apply pick_inverse_pick. Qed.
Lemma pick_transpose_source p o : is_permutation (rank o) p -> pick p (transpose_source p o) = o.
Proof. apply pick_pick_inverse. Qed.
Lemma rank_pick_permutation s p : is_permutation (rank s) p -> rank (pick p s) = rank s.
Proof. intros P. rewrite rank_pick. apply permutation_rank; auto using rank_nonneg. Qed.
Lemma transpose_source_inb s p o : is_permutation (rank s) p -> inb (pick p s) o = true ->
  inb s (transpose_source p o) = true.
Proof.
  intros P H. rewrite <- (pick_inverse_pick p s P). apply inb_pick; auto.
  rewrite rank_pick_permutation by auto.
  apply permutation_axes, inverse_is_permutation; auto using rank_nonneg.
Qed.
(* The inverse transpose takes its element i from pick p i. *)
Lemma transpose_source_inverse n p i : 0 <= n -> is_permutation n p ->
  transpose_source (inverse_permutation p) i = pick p i.
Proof. intros Hn P. unfold transpose_source. rewrite (inverse_inverse n); auto. Qed.
Lemma transpose_source_back s p o : is_permutation (rank s) p -> inb (pick p s) o = true ->
  transpose_source (inverse_permutation p) (transpose_source p o) = o.
Proof.
  intros P H. rewrite (transpose_source_inverse (rank s)) by auto using rank_nonneg.
  apply pick_transpose_source. rewrite (inb_rank _ _ H), rank_pick_permutation; auto.
Qed.

(* ---- reverse ---- *)
Lemma reverse_source_znth s dims o k : axis_of s k ->
  znth (reverse_source s dims o) k = if memz k dims then znth s k - 1 - znth o k else znth o k.
Proof.
  intros H. unfold reverse_source. unfold axis_of in H.
  rewrite znth_map by (unfold axis_of; rewrite length_zseq; unfold rank; lia).
  rewrite znth_zseq by (unfold rank; lia). auto.
Qed.
Lemma reverse_source_length s dims o : length (reverse_source s dims o) = length s.
Proof. unfold reverse_source, zseq, rank. rewrite !map_length, seq_length. lia. Qed.
Lemma reverse_source_inb s dims o : inb s o = true -> inb s (reverse_source s dims o) = true.
Proof.
  intros H. apply inb_znth. split. apply reverse_source_length. intros k Hk.
  rewrite reverse_source_znth by auto. pose proof (inb_at s o k H Hk). destruct (memz k dims); lia.
Qed.
Lemma reverse_source_back s dims o : inb s o = true -> reverse_source s dims (reverse_source s dims o) = o.
Proof.
  intros H. apply znth_ext. rewrite reverse_source_length. symmetry; apply inb_length; auto.
  intros k Hk. unfold axis_of in Hk. rewrite reverse_source_length in Hk.
  rewrite !reverse_source_znth by auto. destruct (memz k dims); lia.
Qed.

(* ---- slice and pad: o = low + i * (interior + 1), read in either direction ---- *)
Lemma slice_ok_lengths start limit strides si : slice_ok start limit strides si = true ->
  length start = length si /\ length limit = length si /\ length strides = length si.
Proof.
  revert limit strides si; induction start as [|b start IH]; intros [|l limit] [|s strides] [|d si] H;
    simpl in H; try discriminate; auto.
  apply andb_prop in H as [_ H]. apply IH in H as (? & ? & ?). simpl; auto.
Qed.
Lemma slice_shape_length start limit strides si : slice_ok start limit strides si = true ->
  length (slice_shape start limit strides) = length si.
Proof.
  revert limit strides si; induction start as [|b start IH]; intros [|l limit] [|s strides] [|d si] H;
    simpl in H; try discriminate; auto.
  apply andb_prop in H as [_ H]. apply IH in H. simpl; auto.
Qed.
(* The result's element i is start + i * stride < limit <= extent. *)
Lemma slice_source_inb start limit strides si o : slice_ok start limit strides si = true ->
  inb (slice_shape start limit strides) o = true -> inb si (slice_source start strides o) = true.
Proof.
  revert limit strides si o;
    induction start as [|b start IH]; intros [|l limit] [|s strides] [|d si] [|i o] W H;
    cbn [slice_ok slice_shape slice_source] in *; try discriminate; auto.
  apply andb_prop in W as [W1 W2]. apply andb_prop in W1 as [W1 W3]. apply inb_cons in H as [H1 H2].
  apply inb_cons. split; [|eauto]. destruct (b =? l) eqn:E; [lia|].
  pose proof (Z.mul_div_le (l - b - 1) s ltac:(lia)). nia.
Qed.
Lemma slice_source_length start strides o : length start = length o -> length strides = length o ->
  length (slice_source start strides o) = length o.
Proof.
  revert strides o; induction start as [|b start IH]; intros [|s strides] [|i o] L1 L2; simpl in *;
    try discriminate; auto.
Qed.
Lemma slice_source_znth start strides o k : length start = length o -> length strides = length o ->
  axis_of o k -> znth (slice_source start strides o) k = znth start k + znth o k * znth strides k.
Proof.
  unfold axis_of. revert strides o k; induction start as [|b start IH]; intros [|s strides] [|i o] k L1 L2 Hk;
    simpl in L1, L2; try discriminate; simpl length in Hk; [simpl in Hk; lia|].
  cbn [slice_source]. destruct (Z.eq_dec k 0) as [->|N]; auto.
  replace k with (1 + (k - 1)) by ring. rewrite !znth_cons by lia. apply IH; auto. lia.
Qed.
Lemma cons_eq (a b : Z) l m : a :: l = b :: m -> a = b /\ l = m.
Proof. intros H; inversion H; auto. Qed.
(* A pad's element o comes from operand index i exactly if i is in bounds and lands on o. *)
Lemma pad_source_some low interior si o i : length low = length si -> length interior = length si ->
  length o = length si -> shape_ok interior = true ->
  pad_source low interior si o = Some i <->
  inb si i = true /\ slice_source low (map (Z.add 1) interior) i = o.
Proof.
  revert interior si o i; induction low as [|l low IH]; intros [|n interior] [|d si] [|z o] i L1 L2 L3 W;
    simpl in L1, L2, L3; try discriminate.
  - simpl. split. intros H; injection H as <-; auto. intros [H _]. destruct i; auto; discriminate.
  - apply shape_ok_cons in W as [W1 W]. cbn [pad_source map].
    destruct ((0 <=? z - l) && ((z - l) mod (n + 1) =? 0) && ((z - l) / (n + 1) <? d)) eqn:E.
    + apply andb_prop in E as [E E3]. apply andb_prop in E as [E1 E2].
      pose proof (Z.div_mod (z - l) (n + 1) ltac:(lia)) as D. set (q := (z - l) / (n + 1)) in *.
      assert (Hq : 0 <= q) by (apply Z.div_pos; lia).
      destruct i as [|j i].
      { split. destruct (pad_source low interior si o); discriminate. intros [H _]; discriminate. }
      cbn [slice_source]. rewrite inb_cons.
      specialize (IH interior si o i ltac:(lia) ltac:(lia) ltac:(lia) W).
      destruct (pad_source low interior si o) as [i'|] eqn:P; simpl option_map.
      * split.
        -- intros H; injection H as <- <-. destruct IH as [IH _]. destruct (IH eq_refl) as [IH1 IH2].
           split; [split; auto; lia|]. f_equal; auto. lia.
        -- intros [[H1 H2] H3]. apply cons_eq in H3 as [H3 H4]. destruct IH as [_ IH].
           specialize (IH (conj H2 H4)). injection IH as ->.
           assert (E4 : (n + 1) * (j - q) = 0) by lia. apply Z.mul_eq_0 in E4. replace j with q by lia. auto.
      * split; [discriminate|]. intros [[H1 H2] H3]. apply cons_eq in H3 as [H3 H4]. destruct IH as [_ IH].
        specialize (IH (conj H2 H4)); discriminate.
    + split; [discriminate|]. intros [H1 H2]. exfalso. destruct i as [|j i]; [discriminate|].
      apply inb_cons in H1 as [H1 _]. cbn [slice_source] in H2. apply cons_eq in H2 as [H2 _].
      assert (Q : z - l = j * (n + 1)) by lia. rewrite Q, Z.mod_mul, Z.div_mul in E by lia.
      assert (0 <= j * (n + 1)) by nia. lia.
Qed.
